//! Google as the person at the terminal: for everything that needs no server.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use daypass_engine::ports::AccessToken;
use daypass_google::{Google, Options};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use url::{Host, Url};

use crate::error::Error;

/// Set by `daypass sandbox`: the emulated cloud's address.
const SANDBOX: &str = "DAYPASS_SANDBOX";

/// Names a credentials file for Google's libraries (Application Default Credentials).
const CREDENTIALS: &str = "GOOGLE_APPLICATION_CREDENTIALS";

/// A token that gcloud hands out lasts an hour at most; it does not say how much of that is left.
const GCLOUD_TOKEN_LASTS: SignedDuration = SignedDuration::from_mins(60);

/// Google, as whoever sits here: Application Default Credentials where there are any, else whom gcloud is signed in as.
pub(crate) async fn google_as_oneself() -> Result<Google, Error> {
    let sandbox = sandbox()?;
    let access_token = if has_default_credentials() {
        None
    } else {
        token_of_gcloud().await
    };
    let options = Options {
        sandbox: sandbox.is_some(),
        sandbox_url: sandbox,
        access_token,
        ..Options::default()
    };
    Google::connect(options)
        .await
        .map_err(|error| Error::server(&error, Some(SIGN_IN.to_owned())))
}

/// What to do without credentials.
pub(crate) const SIGN_IN: &str =
    "sign in with 'gcloud auth application-default login', or with 'gcloud auth login'";

/// The address of the sandbox that this environment belongs to. One on another machine is refused: this person's own
/// credentials would go there.
pub(crate) fn sandbox() -> Result<Option<String>, Error> {
    let Some(text) = std::env::var(SANDBOX).ok().filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let is_here = Url::parse(&text).is_ok_and(|url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    });
    if is_here {
        return Ok(Some(text));
    }
    Err(Error::Usage {
        message: format!(
            "{SANDBOX} is '{}', which is not a sandbox on this machine",
            crate::output::visible(&text)
        ),
        hint: format!("unset {SANDBOX}, or set it as 'daypass sandbox' prints it"),
    })
}

fn has_default_credentials() -> bool {
    let named = std::env::var_os(CREDENTIALS).is_some_and(|name| !name.is_empty());
    named || well_known().is_some_and(|path| path.exists())
}

/// Where `gcloud auth application-default login` leaves them.
fn well_known() -> Option<PathBuf> {
    let folder = match std::env::var_os("CLOUDSDK_CONFIG") {
        Some(folder) if !folder.is_empty() => PathBuf::from(folder),
        _ => Path::new(&std::env::var_os("HOME")?).join(".config/gcloud"),
    };
    Some(folder.join("application_default_credentials.json"))
}

/// The token of whom gcloud is signed in as; none where there is no gcloud, or nobody is signed in to it.
async fn token_of_gcloud() -> Option<AccessToken> {
    let mut command = tokio::process::Command::new("gcloud");
    command
        .args(["auth", "print-access-token", "--quiet"])
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    let printed = command.output().await.ok()?;
    let text = String::from_utf8(printed.stdout).ok()?;
    let token = text.trim();
    if !printed.status.success() || token.is_empty() || token.contains(char::is_whitespace) {
        return None;
    }
    let ends = now().checked_add(GCLOUD_TOKEN_LASTS).ok()?;
    Some(AccessToken::new(SecretString::from(token.to_owned()), ends))
}

#[expect(
    clippy::disallowed_methods,
    reason = "only bounds how long a token of gcloud's is thought to last; Google itself decides"
)]
fn now() -> Timestamp {
    Timestamp::now()
}
