use std::path::Path;
use std::time::Duration;

use daypass_engine::ports::IamError;
use google_cloud_auth::build_errors;
use google_cloud_auth::credentials::service_account::AccessSpecifier;
use google_cloud_auth::credentials::{
    AccessTokenCredentials, Builder, external_account, impersonated, service_account, user_account,
};
use google_cloud_auth::errors::CredentialsError as TokenError;
use secrecy::SecretString;
use serde_json::Value;
use thiserror::Error;
use tokio::sync::Mutex;

use super::{SCOPE, Token};
use crate::failure::words;

/// How long a token may take, all of its steps together.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(30);

/// Why credentials cannot be used at all.
#[derive(Debug, Error)]
pub enum CredentialsError {
    /// The file cannot be read.
    #[error("cannot read the file")]
    File(#[source] std::io::Error),
    /// The file is not JSON. What it holds is secret, so nothing of it is shown.
    #[error("the file is not JSON (line {line}, column {column})")]
    Json {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// A form that is not supported.
    #[error(
        "credentials of type '{0}' are not supported; use service_account, external_account, impersonated_service_account or authorized_user"
    )]
    Type(String),
    /// The file sends secrets over plain http.
    #[error("'{0}' is not an https address, which only a sandbox may have")]
    PlainHttp(&'static str),
    /// The library refuses them.
    #[error("cannot be used")]
    Build(#[source] build_errors::Error),
}

/// The credentials of the process. The library holds a token and renews it; when Google refuses one that it still
/// holds for good, it is built anew, which is its only way to forget.
#[derive(Debug)]
pub(crate) struct Source {
    file: Option<Value>,
    account: Option<String>,
    current: Mutex<Current>,
}

struct Current {
    credentials: AccessTokenCredentials,
    generation: u64,
}

impl std::fmt::Debug for Current {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Current")
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// Reads the file, or finds Application Default Credentials. Needs a tokio runtime.
    pub(crate) async fn new(file: Option<&Path>, sandbox: bool) -> Result<Self, CredentialsError> {
        let file = match file {
            Some(path) => Some(read(path, sandbox).await?),
            None => None,
        };
        let credentials = build(file.as_ref())?;
        let account = file.as_ref().and_then(account);
        Ok(Self {
            file,
            account,
            current: Mutex::new(Current {
                credentials,
                generation: 0,
            }),
        })
    }

    pub(crate) fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    pub(crate) async fn token(&self) -> Result<Token, IamError> {
        let (credentials, generation) = {
            let current = self.current.lock().await;
            (current.credentials.clone(), current.generation)
        };
        match tokio::time::timeout(TOKEN_TIMEOUT, credentials.access_token()).await {
            Ok(Ok(token)) => Ok(Token {
                secret: SecretString::from(token.token),
                generation,
            }),
            Ok(Err(error)) => {
                // A permanent error stays in the library for ever; whoever asks next gets a new try.
                self.discard(generation).await;
                Err(failed(&error))
            }
            Err(_) => {
                let message = format!("no token came within {} s", TOKEN_TIMEOUT.as_secs());
                Err(IamError::Unavailable {
                    message,
                    retry_after: None,
                })
            }
        }
    }

    pub(crate) async fn discard(&self, generation: u64) {
        let mut current = self.current.lock().await;
        if current.generation != generation {
            return;
        }
        match build(self.file.as_ref()) {
            Ok(credentials) => {
                *current = Current {
                    credentials,
                    generation: generation + 1,
                }
            }
            Err(error) => tracing::warn!(
                error = words(&error),
                "the credentials cannot be read again"
            ),
        }
    }
}

/// The beginning and the end of each piece of advice.
const ADVICE: [(&str, &str); 2] = [
    ("Fetching the token resulted in", "might succeed."),
    (" The most common reason", "client-libraries"),
];

/// A failure that may pass leaves the call certainly undone; any other is about the credentials.
fn failed(error: &TokenError) -> IamError {
    let message = without_advice(&without_secrets(&words(error)));
    if error.is_transient() {
        IamError::Unavailable {
            message,
            retry_after: None,
        }
    } else {
        IamError::Unauthenticated { message }
    }
}

/// The library's words without its advice to programmers, which would bury the cause.
fn without_advice(text: &str) -> String {
    let mut text = text.replace(" but future attempts may succeed", "");
    for (from, to) in ADVICE {
        let Some(start) = text.find(from) else {
            continue;
        };
        let after = start + from.len();
        if let Some(end) = text[after..].find(to) {
            text.replace_range(start..after + end + to.len(), "");
        }
    }
    text.trim_start_matches([':', ' ']).to_owned()
}

async fn read(path: &Path, sandbox: bool) -> Result<Value, CredentialsError> {
    let text = tokio::fs::read(path)
        .await
        .map_err(CredentialsError::File)?;
    let file: Value = serde_json::from_slice(&text).map_err(|error| CredentialsError::Json {
        line: error.line(),
        column: error.column(),
    })?;
    for key in [
        "token_url",
        "token_uri",
        "service_account_impersonation_url",
    ] {
        let plain = file[key]
            .as_str()
            .is_some_and(|url| !url.starts_with("https://"));
        if plain && !sandbox {
            return Err(CredentialsError::PlainHttp(key));
        }
    }
    Ok(file)
}

fn build(file: Option<&Value>) -> Result<AccessTokenCredentials, CredentialsError> {
    let Some(file) = file else {
        return Builder::default()
            .with_scopes([SCOPE])
            .build_access_token_credentials()
            .map_err(CredentialsError::Build);
    };
    let built = match file["type"].as_str().unwrap_or_default() {
        "service_account" => service_account::Builder::new(file.clone())
            .with_access_specifier(AccessSpecifier::from_scopes([SCOPE]))
            .build_access_token_credentials(),
        "external_account" => external_account::Builder::new(file.clone())
            .with_scopes([SCOPE])
            .build_access_token_credentials(),
        "impersonated_service_account" => impersonated::Builder::new(file.clone())
            .with_scopes([SCOPE])
            .build_access_token_credentials(),
        // Its scopes were settled when the person signed in.
        "authorized_user" => {
            user_account::Builder::new(file.clone()).build_access_token_credentials()
        }
        other => {
            return Err(CredentialsError::Type(
                daypass_core::justification::printable(other, 60),
            ));
        }
    };
    built.map_err(CredentialsError::Build)
}

/// The account that the file names, if it does.
fn account(file: &Value) -> Option<String> {
    if let Some(email) = file["client_email"].as_str() {
        return Some(email.to_owned());
    }
    let url = file["service_account_impersonation_url"].as_str()?;
    let (email, _) = url.rsplit_once("/serviceAccounts/")?.1.rsplit_once(':')?;
    Some(email.replace("%40", "@"))
}

/// Shortest run of token characters that is taken for a secret.
const SECRET_LENGTH: usize = 32;

/// Google's words, with whatever looks like a token or key cut out: an error may quote the request that it refuses.
fn without_secrets(text: &str) -> String {
    let in_token = |c: char| c.is_ascii_alphanumeric() || "-._~+=".contains(c);
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(in_token) {
        let (before, from) = rest.split_at(start);
        let (run, after) = from.split_at(from.find(|c| !in_token(c)).unwrap_or(from.len()));
        clean.push_str(before);
        let names_something =
            run.ends_with(".gserviceaccount.com") || run.ends_with(".googleapis.com");
        clean.push_str(if run.len() >= SECRET_LENGTH && !names_something {
            "[redacted]"
        } else {
            run
        });
        rest = after;
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_cut_out_of_words() {
        let words = "body=<{\"error\":\"invalid_grant\",\"subject\":\"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl\"}> for daypass@a-project-of-ours.iam.gserviceaccount.com";
        assert_eq!(
            without_secrets(words),
            "body=<{\"error\":\"invalid_grant\",\"subject\":\"[redacted]\"}> for daypass@a-project-of-ours.iam.gserviceaccount.com"
        );
        assert_eq!(
            without_secrets("é: ya29.0123456789012345678901234567890123"),
            "é: [redacted]"
        );
    }

    #[test]
    fn advice_to_programmers_is_cut_and_the_cause_stays() {
        assert_eq!(
            without_advice(
                "Fetching the token resulted in transient errors. Calls might succeed. but future attempts may succeed: \
                 cannot create the headers. The most common reason is x, see client-libraries but future attempts may \
                 succeed: dns error"
            ),
            "cannot create the headers.: dns error"
        );
        assert_eq!(without_advice("invalid_grant"), "invalid_grant");
    }

    #[test]
    fn the_account_is_taken_from_the_file() {
        assert_eq!(
            account(&json!({"client_email": "a@p.iam.gserviceaccount.com"})).unwrap(),
            "a@p.iam.gserviceaccount.com"
        );
        let url = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/b%40p.iam.gserviceaccount.com:generateAccessToken";
        assert_eq!(
            account(&json!({"service_account_impersonation_url": url})).unwrap(),
            "b@p.iam.gserviceaccount.com"
        );
        assert_eq!(account(&json!({"type": "authorized_user"})), None);
    }

    #[tokio::test]
    async fn files_that_cannot_be_used_say_why_and_show_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.json");
        let absent = Source::new(Some(&path), false).await.unwrap_err();
        assert!(matches!(absent, CredentialsError::File(_)));
        for (text, expected) in [
            (
                "{\"private_key\": s3cret",
                "the file is not JSON (line 1, column 17)",
            ),
            (
                r#"{"type": "gdch_service_account"}"#,
                "credentials of type 'gdch_service_account' are not supported",
            ),
            (
                r#"{"type": "external_account", "token_url": "http://127.0.0.1/v1/token"}"#,
                "'token_url' is not an https address",
            ),
            (r#"{"type": "service_account"}"#, "cannot be used"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = words(&Source::new(Some(&path), false).await.unwrap_err());
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
