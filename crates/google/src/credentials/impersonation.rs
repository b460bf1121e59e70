use std::sync::Arc;
use std::time::Duration;

use daypass_core::email::Email;
use daypass_core::reason::RequestReason;
use daypass_core::resource::Method;
use daypass_engine::ports::IamError;
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::json;
use tokio::sync::Mutex;

use super::{SCOPE, Source, Token};
use crate::endpoints::expand;
use crate::failure::Effect;
use crate::transport::{Call, Transport};

/// The lifetime that is asked for: what every service account may have without an organization policy.
const LIFETIME_SECONDS: u64 = 3_600;

/// A token that ends sooner is renewed before it is used, so that none ends on its way.
const RENEW_BEFORE_END: Duration = Duration::from_mins(5);

/// A service account whose tokens our own credentials may mint (IAM Service Account Credentials API v1,
/// `generateAccessToken`).
///
/// The library can do this too, but at Google's own address only.
#[derive(Debug)]
pub(crate) struct Impersonation {
    account: Email,
    source: Arc<Source>,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    token: Option<(SecretString, Timestamp)>,
    generation: u64,
}

impl Impersonation {
    pub(crate) fn new(account: Email, source: Arc<Source>) -> Self {
        Self {
            account,
            source,
            held: Mutex::default(),
        }
    }

    pub(crate) fn account(&self) -> &Email {
        &self.account
    }

    /// The token at hand, or a new one. Whoever comes while one is fetched waits for it.
    pub(crate) async fn token(&self, transport: &Transport) -> Result<Token, IamError> {
        let mut held = self.held.lock().await;
        let now = transport.clock.port().now();
        if let Some((secret, ends)) = &held.token
            && ends.duration_since(now).as_secs() >= RENEW_BEFORE_END.as_secs().cast_signed()
        {
            return Ok(Token {
                secret: secret.clone(),
                generation: held.generation,
            });
        }
        let (secret, ends) = self.mint(transport).await?;
        held.token = Some((secret.clone(), ends));
        held.generation += 1;
        Ok(Token {
            secret,
            generation: held.generation,
        })
    }

    pub(crate) async fn discard(&self, generation: u64) {
        let mut held = self.held.lock().await;
        if held.generation == generation {
            held.token = None;
        }
    }

    async fn mint(&self, transport: &Transport) -> Result<(SecretString, Timestamp), IamError> {
        let reason = RequestReason::of_broker();
        let call = Call {
            method: Method::Post,
            // Whoever watches Google's audit log for tokens that were minted without Daypass finds ours by it.
            reason: Some(&reason),
            body: Some(json!({"scope": [SCOPE], "lifetime": format!("{LIFETIME_SECONDS}s")})),
            // A token that was minted and lost does no harm: it may be minted again.
            effect: Effect::Read,
            ..Call::get(
                "iamcredentials",
                expand(
                    "v1/projects/-/serviceAccounts/{last}:generateAccessToken",
                    self.account.as_str(),
                ),
                self.account.as_str(),
            )
        };
        let own = self.source.token().await?;
        let answer = match transport.send(&call, &own.secret).await {
            Err(IamError::Unauthenticated { .. }) => {
                self.source.discard(own.generation).await;
                transport
                    .send(&call, &self.source.token().await?.secret)
                    .await
            }
            answer => answer,
        };
        let answer = answer.map_err(|error| self.refused(error))?;
        let secret = answer["accessToken"]
            .as_str()
            .map(|token| SecretString::from(token.to_owned()));
        let ends = answer["expireTime"]
            .as_str()
            .and_then(|time| time.parse().ok());
        secret.zip(ends).ok_or_else(|| IamError::Malformed {
            message: "a token without its text or its end".into(),
        })
    }

    /// What stands in the way of a token is about our credentials, not about the resource of the call to come.
    fn refused(&self, error: IamError) -> IamError {
        let message = match error {
            IamError::Forbidden { message, .. } | IamError::Refused { message } => message,
            IamError::NotFound { .. } => "there is no such service account".into(),
            other => return other,
        };
        IamError::Unauthenticated {
            message: format!("cannot act as {}: {message}", self.account),
        }
    }
}
