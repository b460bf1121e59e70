//! The REST API: one file a resource. Requests become words of the core here, and what the engine answers becomes
//! the types of `daypass-api`.

pub(crate) mod audit;
pub(crate) mod decisions;
pub(crate) mod entitlements;
pub(crate) mod grants;
mod idempotency;
pub(crate) mod identity;
mod open_api;
pub(crate) mod read;
mod render;
pub(crate) mod sessions;
mod tokens;

pub(crate) use decisions::Verb;
pub(crate) use open_api::document;
pub use open_api::openapi;
pub use render::explanation;
