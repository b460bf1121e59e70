//! Sessions of browsers and terminals.

use std::fmt;

use daypass_core::audit::{Action, Actor, Channel, Entry};
use daypass_core::justification::printable;
use jiff::SignedDuration;

use crate::ports::{Session, SessionKind, TokenHash};
use crate::{Engine, Error, SignedInPerson};

/// A session ends after this, whatever happens.
const ABSOLUTE: SignedDuration = SignedDuration::from_hours(8);
/// A browser's session ends when it is not used for this long.
const IDLE: SignedDuration = SignedDuration::from_hours(1);
/// A session's last use is written down at most this often.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// Bytes of randomness in a token.
const TOKEN_BYTES: usize = 32;

/// The token of a session, at the one moment when it is known. It cannot be printed by accident.
pub struct SessionToken(String);

impl SessionToken {
    /// The token, to hand to the browser or the terminal.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

impl Engine {
    /// Opens a session for somebody who has just signed in. The token is new each time (C7).
    pub async fn open_session(
        &self,
        who: &SignedInPerson,
        kind: SessionKind,
    ) -> Result<(SessionToken, Session), Error> {
        let mut bytes = [0; TOKEN_BYTES];
        self.0.ports.random.fill(&mut bytes);
        let token = SessionToken(daypass_core::token::encode(&bytes));
        let now = self.now();
        let session = Session {
            token: hash(token.expose()),
            person: who.person.clone(),
            name: printable(&who.name, 100),
            kind,
            created_at: now,
            used_at: now,
            expires_at: now
                .checked_add(ABSOLUTE)
                .map_err(|_| Error::Conflict("the clock is out of range".into()))?,
        };
        let channel = match kind {
            SessionKind::Browser => Channel::Web,
            SessionKind::Terminal => Channel::Cli,
        };
        let entry = Entry::new(now, Actor::person(&who.person, channel), Action::SignedIn);
        self.store().create_session(session.clone(), entry).await?;
        Ok((token, session))
    }

    /// The session of a token, if it is still open.
    pub async fn session(&self, token: &str) -> Result<Option<Session>, Error> {
        let Some(session) = self.store().session(&hash(token)).await? else {
            return Ok(None);
        };
        let now = self.now();
        let unused = now.duration_since(session.used_at);
        if now >= session.expires_at || (session.kind == SessionKind::Browser && unused >= IDLE) {
            return Ok(None);
        }
        if unused >= TOUCH_EVERY {
            self.store().touch_session(&session.token, now).await?;
        }
        Ok(Some(session))
    }

    /// Ends a session. Ending one that is over is no error.
    pub async fn close_session(&self, token: &str, channel: Channel) -> Result<(), Error> {
        let hash = hash(token);
        if let Some(session) = self.store().session(&hash).await? {
            let entry = Entry::new(
                self.now(),
                Actor::person(&session.person, channel),
                Action::SignedOut,
            );
            self.store().delete_session(&hash, entry).await?;
        }
        Ok(())
    }
}

fn hash(token: &str) -> TokenHash {
    TokenHash(daypass_core::token::digest(token))
}
