//! The client of the REST API, and the sessions that it uses.

mod api;
mod brokered_tokens;
mod credential;
mod http;
mod loopback;
mod machine;
mod pkce;
mod problem;
mod sandbox_sign_in;
mod server_address;
mod session_file;

pub(crate) use api::Degraded;
pub(crate) use brokered_tokens::BrokeredTokens;
pub(crate) use credential::Credential;
pub(crate) use http::Client;
pub(crate) use loopback::Loopback;
pub(crate) use pkce::Verifier;
pub(crate) use sandbox_sign_in::sign_in_as;
pub(crate) use server_address::ServerAddress;
pub(crate) use session_file::{SavedSession, SessionFile};
