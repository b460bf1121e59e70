//! With one's own credentials: whoever may mint tokens of the account needs no server.

use std::sync::Arc;

use daypass_core::Timestamp;
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::entitlement::USUAL_TOKEN;
use daypass_core::ids::GrantId;
use daypass_session::arguments::service_account;
use daypass_session::{Length, Way};

use super::Source;
use crate::cli::TokenArguments;
use crate::error::Error;
use crate::settings::Settings;
use crate::wiring;

/// How long a session lasts where nothing is said: as long as one usual token.
const USUAL_SESSION: Duration = USUAL_TOKEN;

pub(super) async fn source(arguments: &TokenArguments) -> Result<Source, Error> {
    let account = asked_account(arguments)?;
    let said = asked_reason(arguments)?;
    let google = wiring::google_as_oneself().await?;
    let clock = google.clock();
    let id = new_id(clock.now());
    let length = match arguments.duration {
        Some(duration) => duration,
        None => Settings::load()?.session_length.unwrap_or(USUAL_SESSION),
    };
    Ok(Source {
        tokens: Arc::new(google),
        standing: None,
        clock,
        account,
        said,
        way: Way::Direct,
        id,
        length: Length::For(length),
        token_lifetime: USUAL_TOKEN,
        is_sandbox: wiring::sandbox()?.is_some(),
    })
}

/// The account that was asked for.
pub(super) fn asked_account(arguments: &TokenArguments) -> Result<Email, Error> {
    named_account(arguments)?.ok_or_else(|| Error::Usage {
        message: "which service account?".into(),
        hint: "name it with -s; 'daypass list-service-accounts' shows those that you may act as"
            .into(),
    })
}

/// The account of the command line, else the default of the project.
pub(super) fn named_account(arguments: &TokenArguments) -> Result<Option<Email>, Error> {
    let Some(text) = &arguments.service_account else {
        let settings = Settings::load()?;
        let project = arguments.project.as_deref();
        return Ok(settings.default_account(project).cloned());
    };
    let account = service_account(text).map_err(|error| Error::Usage {
        message: error.to_string(),
        hint: "write it as deployer@acme-prod.iam.gserviceaccount.com; 'daypass list-service-accounts' names those that you may act as".into(),
    })?;
    Ok(Some(account))
}

/// Why; nobody acts as somebody else without saying it.
pub(super) fn asked_reason(arguments: &TokenArguments) -> Result<String, Error> {
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
