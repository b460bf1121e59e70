//! What a session tells about itself: to `daypass status`, to its own prompt and to `daypass credentials`. No secret.

use std::path::PathBuf;

use daypass_core::Timestamp;
use serde::{Deserialize, Serialize};

/// One session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// The session's id: that of the request reason, unless a grant stands behind it.
    pub id: String,
    /// The service account.
    pub account: String,
    /// How the tokens are had.
    pub way: Way,
    /// What the person said.
    pub reason: String,
    /// The program inside: a shell, or the one command. Its arguments are nobody's business.
    pub program: String,
    /// The process that holds it.
    pub holder: u32,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ends; none: when no token can be had any more.
    pub ends_at: Option<Timestamp>,
    /// When the present token ends.
    pub token_ends_at: Timestamp,
    /// Where programs of the session read the token.
    pub token_file: PathBuf,
}

/// How the tokens of a session are had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Way {
    /// The person's own credentials mint them.
    Direct,
    /// A grant gives the person's own credentials the right to mint them (`via: binding`).
    Binding {
        /// The server.
        server: String,
        /// The grant.
        grant: String,
    },
    /// A server mints them, for as long as a grant is in force (`via: broker`).
    Broker {
        /// The server.
        server: String,
        /// The grant.
        grant: String,
    },
}
