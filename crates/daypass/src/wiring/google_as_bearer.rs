//! Google as whoever a token is of: for asking as an account that the person at the terminal may act as.

use daypass_engine::ports::AccessToken;
use daypass_google::{Google, Options};

use super::own_credentials::sandbox;
use crate::error::Error;

/// Google as the bearer of this token, or the sandbox where this person works in one.
pub(crate) async fn google_as_bearer(token: AccessToken) -> Result<Google, Error> {
    let sandbox = sandbox()?;
    let options = Options {
        sandbox: sandbox.is_some(),
        sandbox_url: sandbox,
        access_token: Some(token),
        ..Options::default()
    };
    Google::connect(options)
        .await
        .map_err(|error| Error::server(&error, None))
}
