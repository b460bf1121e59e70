//! Tokens of service accounts, minted as whoever is in charge of the account.

use async_trait::async_trait;
use daypass_core::email::Email;
use daypass_core::resource::{Method, ResourceName};
use daypass_core::service_account::project_of;
use daypass_engine::ports::{AccessToken, IamError, Tokens, WantedToken};
use secrecy::SecretString;
use serde_json::json;

use crate::connect::Google;
use crate::credentials::Identity;
use crate::endpoints::expand;
use crate::failure::Effect;
use crate::pages::malformed;
use crate::transport::Call;

/// The address of an account whatever its project; Google takes no other (facts 1.5).
const MINT: &str = "v1/projects/-/serviceAccounts/{last}:generateAccessToken";

#[async_trait]
impl Tokens for Google {
    async fn mint(&self, wanted: &WantedToken) -> Result<AccessToken, IamError> {
        let call = Call {
            method: Method::Post,
            body: Some(json!({
                "scope": wanted.scopes,
                "lifetime": format!("{}s", wanted.lifetime.seconds()),
            })),
            reason: Some(&wanted.reason),
            // A token that was minted and lost does no harm: it may be minted again.
            effect: Effect::Read,
            ..Call::get(
                "iamcredentials",
                expand(MINT, wanted.account.as_str()),
                wanted.account.as_str(),
            )
        };
        let answer = self
            .call(self.in_charge(&wanted.account).await?, &call)
            .await?;
        // It goes into headers and, on the way to some clients, into files of one line.
        let is_plain =
            |token: &&str| !token.is_empty() && token.chars().all(|c| c.is_ascii_graphic());
        let secret = answer["accessToken"].as_str().filter(is_plain);
        let ends = answer["expireTime"]
            .as_str()
            .and_then(|time| time.parse().ok());
        let (secret, ends) = secret
            .zip(ends)
            .ok_or_else(|| malformed("a token without its text or its end"))?;
        Ok(AccessToken::new(
            SecretString::from(secret.to_owned()),
            ends,
        ))
    }
}

impl Google {
    /// Who is in charge of an account: the broker of its project, where its address tells the project.
    async fn in_charge(&self, account: &Email) -> Result<&Identity, IamError> {
        let name = project_of(account).and_then(|project| {
            format!("projects/{project}/serviceAccounts/{account}")
                .parse()
                .ok()
        });
        match name {
            Some(name) => {
                let name: ResourceName = name;
                self.identity(&name).await
            }
            None => Ok(self.brokers.reader()),
        }
    }
}
