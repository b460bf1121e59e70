//! Both doors against an identity provider with knobs, over real connections on loopback.

#![expect(clippy::unwrap_used, reason = "tests")]

mod doors;
mod flows;
mod forgery;
mod hostile_tokens;
mod keys;
mod lending;
mod machines;
mod provider;
mod rotation;
