//! With one's own credentials: whoever may mint tokens of the account needs no server.

use std::sync::Arc;

use daypass_core::Timestamp;
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::entitlement::USUAL_TOKEN;
use daypass_core::ids::GrantId;
use daypass_session::{Length, Way};

use super::Source;
use crate::cli::SessionArguments;
use crate::error::Error;
use crate::settings::Settings;
use crate::wiring;

/// How long a session lasts where nothing is said: as long as one usual token.
const USUAL_SESSION: Duration = USUAL_TOKEN;

pub(super) async fn source(arguments: &SessionArguments) -> Result<Source, Error> {
    let account = asked_account(arguments)?;
    let said = asked_reason(arguments)?;
    let google = wiring::google_as_oneself().await?;
    let clock = google.clock();
    let id = new_id(clock.now());
    let length = match (arguments.renew, arguments.duration) {
        (true, _) => Length::WhileAllowed,
        (false, Some(duration)) => Length::For(duration),
        (false, None) => Length::For(Settings::load()?.session_length.unwrap_or(USUAL_SESSION)),
    };
    Ok(Source {
        tokens: Arc::new(google),
        clock,
        account,
        said,
        way: Way::Direct,
        id,
        length,
        token_lifetime: USUAL_TOKEN,
        is_sandbox: wiring::sandbox()?.is_some(),
    })
}

/// The account that was asked for.
pub(in crate::commands) fn asked_account(arguments: &SessionArguments) -> Result<Email, Error> {
    let Some(text) = &arguments.service_account else {
        let settings = Settings::load()?;
        if let Some(account) = settings.default_account(arguments.project.as_deref()) {
            return Ok(account.clone());
        }
        return Err(Error::Usage {
            message: "which service account?".into(),
            hint:
                "name it with -s; 'daypass list-service-accounts' shows those that you may act as"
                    .into(),
        });
    };
    Email::parse(text).map_err(|error| Error::Usage {
        message: error.to_string(),
        hint: "write it as deployer@my-project.iam.gserviceaccount.com".into(),
    })
}

/// Why; nobody acts as somebody else without saying it.
pub(in crate::commands) fn asked_reason(arguments: &SessionArguments) -> Result<String, Error> {
    let said = arguments
        .reason
        .as_deref()
        .map(str::trim)
        .unwrap_or_default();
    if said.is_empty() {
        return Err(Error::Usage {
            message: "why? The reason goes into the audit logs".into(),
            hint: "add -R 'INC-1 disk full'".into(),
        });
    }
    // A log line: what would break it is made visible, and a novel is cut.
    Ok(daypass_core::justification::printable(said, 500))
}

/// An id that nobody else has.
#[expect(
    clippy::disallowed_methods,
    reason = "a session's name, made at the edge of the program; nothing here is replayed from a seed"
)]
pub(super) fn new_id(now: Timestamp) -> GrantId {
    GrantId::new(now, rand::random())
}
