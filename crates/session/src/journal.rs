//! What this machine remembers of its sessions: one JSON object a line, in a file of mode 0600. No secret.
//!
//! A brokered session is in the server's audit trail as well, and every token in Google's audit log, with the same id.

use std::io::Write as _;
use std::path::PathBuf;

use daypass_core::Timestamp;
use serde::Serialize;

use crate::description::Way;
use crate::holder::Plan;
use crate::private;

/// The file's name below the state folder.
const FILE: &str = "sessions.jsonl";

/// The journal of this user.
#[derive(Debug, Clone)]
pub struct Journal(PathBuf);

#[derive(Serialize)]
struct Entry<'a> {
    at: Timestamp,
    event: Event<'a>,
    id: &'a str,
    account: &'a str,
    way: &'a Way,
    reason: &'a str,
    program: &'a str,
}

/// What happened.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event<'a> {
    /// It began with a first token.
    Began { token_ends_at: Timestamp },
    /// It went on with another token.
    Renewed { token_ends_at: Timestamp },
    /// A token was asked for without a session.
    Minted { token_ends_at: Timestamp },
    /// It ended.
    Ended { why: &'a str },
}

impl Journal {
    /// The journal in this folder.
    pub fn below(state: &std::path::Path) -> Self {
        Self(state.join(FILE))
    }

    /// Adds a line. A journal that cannot be written is no reason to leave somebody without their tools: it is told.
    pub(crate) fn note(&self, at: Timestamp, session: &Plan, event: Event<'_>) {
        let entry = Entry {
            at,
            event,
            id: &session.id,
            account: session.account.as_str(),
            way: &session.way,
            reason: &session.said,
            program: &session.inside.name(),
        };
        let written = serde_json::to_string(&entry)
            .map_err(std::io::Error::from)
            .and_then(|line| {
                if let Some(folder) = self.0.parent() {
                    private::folder(folder)?;
                }
                // One write, so that two sessions at once do not mix their lines.
                private::append(&self.0)?.write_all(format!("{line}\n").as_bytes())
            });
        if let Err(error) = written {
            tracing::warn!(error = %error, file = %self.0.display(), "the journal of sessions cannot be written");
        }
    }
}
