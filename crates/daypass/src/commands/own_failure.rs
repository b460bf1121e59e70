//! How a call to Google failed, told to the person whose own credentials it was made with.

use daypass_engine::ports::IamError;

use crate::error::Error;
use crate::wiring::SIGN_IN;

/// The right to act as an account.
const GET_ACCESS_TOKEN: &str = "iam.serviceAccounts.getAccessToken";

/// Where Google's library looks for credentials last, which is only there on a machine of Google's: a failure that
/// names it means that there were none anywhere else.
const METADATA_SERVER: &str = "metadata.google.internal";

/// The error of a command that wanted to do something with one's own credentials: `doing` is `list the service
/// accounts of acme-prod`.
pub(super) fn failed(doing: &str, error: &IamError) -> Error {
    Error::Google {
        message: format!("cannot {doing}: {}", words(error)),
        hint: hint(error),
        is_denied: matches!(error, IamError::Forbidden { .. }),
    }
}

/// What went wrong, in one line.
pub(super) fn words(error: &IamError) -> String {
    match error {
        IamError::Forbidden { message, .. } => format!("Google denied it: {message}"),
        IamError::Unauthenticated { message } => {
            format!("Google does not accept your credentials: {message}")
        }
        IamError::Unavailable { message, .. } if message.contains(METADATA_SERVER) => {
            "nobody is signed in to Google here".to_owned()
        }
        // It also stands for an answer that Google has trouble with.
        IamError::Unavailable { message, .. } => {
            format!("Google does not answer as it should: {message}")
        }
        other => other.to_string(),
    }
}

/// The next step, where there is one.
fn hint(error: &IamError) -> Option<String> {
    match error {
        IamError::Unauthenticated { .. } => Some(SIGN_IN.to_owned()),
        IamError::Throttled {
            retry_after: Some(wait),
        } => Some(format!("try again in {} s", wait.as_secs())),
        IamError::Throttled { retry_after: None } => Some("try again in a minute".into()),
        IamError::Refused { .. } | IamError::NotFound { .. } => {
            Some("is the name right, and is it there?".into())
        }
        IamError::Unavailable { message, .. } if message.contains(METADATA_SERVER) => {
            Some(SIGN_IN.to_owned())
        }
        IamError::Unavailable { .. } => Some("try again; is the network there?".into()),
        IamError::Forbidden {
            permission: Some(permission),
            ..
        } if permission == GET_ACCESS_TOKEN => Some(format!(
            "it takes the permission {permission}; 'daypass list-service-accounts' shows whom you may act as"
        )),
        IamError::Forbidden {
            permission: Some(permission),
            ..
        } => Some(format!("it takes the permission {permission}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_failure_has_its_next_step() {
        let unavailable = |message: &str| IamError::Unavailable {
            message: message.into(),
            retry_after: None,
        };
        let forbidden = |permission: &str| IamError::Forbidden {
            message: "no".into(),
            permission: Some(permission.into()),
        };
        for (error, said, next) in [
            (
                unavailable("http://metadata.google.internal/ dns error"),
                "nobody is signed in",
                "gcloud auth",
            ),
            (unavailable("reset"), "reset", "network"),
            (
                IamError::Throttled {
                    retry_after: Some(Duration::from_secs(7)),
                },
                "slow down",
                "in 7 s",
            ),
            (forbidden("a.b.c"), "denied it: no", "a.b.c"),
            (
                forbidden(GET_ACCESS_TOKEN),
                "denied it: no",
                "list-service-accounts",
            ),
            (
                IamError::Unauthenticated {
                    message: "expired".into(),
                },
                "your credentials: expired",
                "gcloud auth",
            ),
        ] {
            let told = failed("do it", &error);
            assert!(told.to_string().starts_with("cannot do it: "), "{told}");
            assert!(told.to_string().contains(said), "{told}");
            assert!(told.hint().unwrap().contains(next), "{told}");
        }
    }
}
