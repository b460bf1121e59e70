//! The credential file that every Google library finds by `GOOGLE_APPLICATION_CREDENTIALS`.

use std::path::Path;

use serde_json::{Value, json};

/// A credential file needs the audience of some provider. One of a workforce pool has no project, which libraries would
/// ask Google about (facts 1.4).
pub(crate) const AUDIENCE: &str =
    "//iam.googleapis.com/locations/global/workforcePools/daypass/providers/session";

/// What kind of token the session's secret is said to be.
pub(crate) const SUBJECT_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:id_token";

/// The file: it holds no secret, but says where one is (finding 12). Without it, libraries would find the user's own
/// credentials in the home folder and act as the user.
pub(crate) fn file(secret: &Path, token_url: &str) -> Value {
    json!({
        "universe_domain": "googleapis.com",
        "type": "external_account",
        "audience": AUDIENCE,
        "subject_token_type": SUBJECT_TOKEN_TYPE,
        "token_url": token_url,
        "credential_source": { "file": secret.display().to_string() },
    })
}
