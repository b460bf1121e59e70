//! The HTTP side of Daypass: the REST API, the sign-in and the pages.
//!
//! Every route stands in [`router`], grouped by who calls it. A handler authenticates by what it takes as an argument
//! (`Caller` and its kin), calls one use case of the engine, and renders what comes back; it never talks to Google.
//! What goes wrong becomes a `Failure`, and one place turns failures into problem documents or pages.

mod app;
mod auth;
mod body;
mod cursor;
mod failure;
mod headers;
mod operations;
mod pages;
mod params;
mod peer;
mod rest;
mod router;
mod serve;
mod surface;

pub use app::{App, AppOptions, SandboxBanner, SandboxPerson};
pub use peer::{ProxyRange, ProxyRangeError};
pub use rest::{explanation, openapi};
pub use router::{API_ROUTES, router};
pub use serve::serve;
