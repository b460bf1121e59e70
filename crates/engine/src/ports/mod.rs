//! The ports: what the engine needs from the world, as small traits.

mod access_token;
mod clock;
mod directory;
mod iam;
mod permissions;
mod projects;
mod store;
mod tokens;

pub use access_token::AccessToken;
pub use clock::{Clock, Random};
pub use directory::{Directory, DirectoryError, Freshness};
pub use iam::{Iam, IamError};
pub use permissions::Permissions;
pub use projects::Projects;
pub use store::{
    AuditFilter, Change, GrantFilter, GrantPage, IdempotencyKey, Session, SessionKind, Store,
    StoreError, TokenHash,
};
pub use tokens::{CLOUD_PLATFORM, Tokens, USERINFO_EMAIL, WantedToken};
