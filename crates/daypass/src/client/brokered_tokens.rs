//! Tokens that the server mints (`via: broker`), as the port that sessions renew theirs by.

use std::sync::Arc;

use async_trait::async_trait;
use daypass_api::{MintToken, Token};
use daypass_engine::ports::{
    AccessToken, CLOUD_PLATFORM, IamError, Tokens, USERINFO_EMAIL, WantedToken,
};
use jiff::Timestamp;
use secrecy::SecretString;

use super::Client;
use crate::error::Error;

/// The tokens of one grant.
pub(crate) struct BrokeredTokens {
    client: Arc<Client>,
    grant: String,
}

impl BrokeredTokens {
    /// Those of this grant, or of the extension that stands in its place by then.
    pub(crate) fn new(client: Arc<Client>, grant: &str) -> Self {
        Self {
            client,
            grant: grant.to_owned(),
        }
    }

    /// One token, with the server's own words if there is none: what a command asks with that has nothing yet.
    pub(crate) async fn take(&self, ask: &MintToken) -> Result<(AccessToken, Token), Error> {
        let mut token = self.client.token(&self.grant, ask).await?;
        let secret = SecretString::from(std::mem::take(&mut token.access_token));
        let ends = token
            .expires_at
            .parse::<Timestamp>()
            .map_err(|_| Error::Protocol {
                server: self.client.server().to_string(),
                why: "it is not a token with its end".into(),
            })?;
        Ok((AccessToken::new(secret, ends), token))
    }
}

#[async_trait]
impl Tokens for BrokeredTokens {
    /// The scopes and the reason are the server's choice; it is told the account and the lifetime.
    async fn mint(&self, wanted: &WantedToken) -> Result<AccessToken, IamError> {
        let is_given = |scope: &String| [CLOUD_PLATFORM, USERINFO_EMAIL].contains(&scope.as_str());
        if let Some(other) = wanted.scopes.iter().find(|scope| !is_given(scope)) {
            return Err(IamError::Refused {
                message: format!("the server mints no tokens for {other}"),
            });
        }
        let ask = MintToken {
            service_account: Some(wanted.account.to_string()),
            lifetime: Some(wanted.lifetime.to_string()),
        };
        match self.take(&ask).await {
            Ok((token, _)) => Ok(token),
            Err(error) => Err(self.as_of_google(&error)),
        }
    }
}

impl BrokeredTokens {
    /// What the server said, in the kinds that whoever renews reacts to: whether to ask again, to sign in, or to end.
    fn as_of_google(&self, error: &Error) -> IamError {
        let message = error.to_string();
        let kind = match error {
            Error::Problem(problem) => problem.kind.rsplit('#').next().unwrap_or_default(),
            _ => "",
        };
        match (kind, error) {
            (_, Error::NotSignedIn(_) | Error::SessionOver(_) | Error::MachineRefused { .. }) => {
                IamError::Unauthenticated { message }
            }
            ("denied", _) => IamError::Forbidden {
                message,
                permission: None,
            },
            ("not-found", _) => IamError::NotFound {
                resource: format!("the grant {}", self.grant),
            },
            ("too-many", _) => IamError::Throttled { retry_after: None },
            // Google's word is for good, though the server could not help it (502).
            ("google-refuses", _) => IamError::Refused { message },
            ("conflict", _) => away(message),
            _ if error.is_transient() => away(message),
            (_, Error::Foreign { .. } | Error::Protocol { .. }) => IamError::Malformed { message },
            _ => IamError::Refused { message },
        }
    }
}

fn away(message: String) -> IamError {
    IamError::Unavailable {
        message,
        retry_after: None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use axum::http::{HeaderMap, StatusCode, Uri};
    use daypass_core::duration::Duration;
    use daypass_core::email::Email;
    use daypass_core::ids::GrantId;
    use daypass_core::reason::RequestReason;
    use secrecy::ExposeSecret as _;
    use serde_json::{Value, json};

    use super::*;
    use crate::client::{Credential, ServerAddress};

    const GRANT: &str = "06h32yey01rg3081040g208104";

    fn wanted(scope: &str) -> WantedToken {
        WantedToken {
            account: Email::parse("deployer@acme-prod.iam.gserviceaccount.com").unwrap(),
            lifetime: Duration::minutes(10),
            scopes: vec![CLOUD_PLATFORM.into(), scope.into()],
            reason: RequestReason::of_session(GRANT.parse::<GrantId>().unwrap(), "INC-1"),
        }
    }

    /// Whoever is asked answers this; what was asked is checked on the way.
    async fn answered(status: u16, body: Value) -> Result<AccessToken, IamError> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = move |uri: Uri, headers: HeaderMap, asked: String| async move {
            assert_eq!(uri.path(), format!("/api/v1/grants/{GRANT}:token"));
            assert_eq!(headers["authorization"], "Bearer a-session");
            assert_eq!(
                serde_json::from_str::<Value>(&asked).unwrap(),
                json!({"service_account": "deployer@acme-prod.iam.gserviceaccount.com", "lifetime": "10m"})
            );
            let kind = if status == 200 {
                "application/json"
            } else {
                daypass_api::PROBLEM_JSON
            };
            let status = StatusCode::from_u16(status).unwrap();
            (status, [("content-type", kind)], body.to_string())
        };
        let server = axum::Router::new().fallback(answer);
        let serving = tokio::spawn(async move { axum::serve(listener, server).await });
        let server = ServerAddress::parse(&format!("http://{address}")).unwrap();
        let session = Credential::Session("a-session".to_owned().into());
        let client = Client::new(server, Some(session)).unwrap();
        let minted = BrokeredTokens::new(Arc::new(client), GRANT)
            .mint(&wanted(USERINFO_EMAIL))
            .await;
        serving.abort();
        minted
    }

    fn token(expires_at: &str) -> Value {
        json!({
            "access_token": "canary-8f2a", "expires_at": expires_at, "request_reason": "daypass",
            "service_account": "deployer@acme-prod.iam.gserviceaccount.com", "grant_ends_at": "2026-12-01T13:00:00Z",
        })
    }

    #[tokio::test]
    async fn a_token_with_its_end() {
        let minted = answered(200, token("2026-12-01T12:10:00Z")).await.unwrap();
        assert_eq!(minted.secret().expose_secret(), "canary-8f2a");
        assert_eq!(minted.expires_at(), "2026-12-01T12:10:00Z".parse().unwrap());
    }

    #[tokio::test]
    async fn each_problem_is_of_a_kind_and_no_error_quotes_a_token() {
        let problem = |status: u16, kind: &str| {
            (
                status,
                json!({"type": format!("about:blank#{kind}"), "title": "t", "status": status, "detail": "in the server's words"}),
            )
        };
        for ((status, body), expected) in [
            (problem(401, "signed-out"), "Unauthenticated"),
            (problem(403, "denied"), "Forbidden"),
            (problem(404, "not-found"), "NotFound"),
            (problem(409, "state"), "Refused"),
            (problem(409, "conflict"), "Unavailable"),
            (problem(400, "invalid"), "Refused"),
            (problem(429, "too-many"), "Throttled"),
            (problem(502, "google-refuses"), "Refused"),
            (problem(503, "unavailable"), "Unavailable"),
            (problem(500, "bug"), "Unavailable"),
            ((502, json!("a proxy's page")), "Unavailable"),
            ((418, json!("a teapot")), "Malformed"),
            ((200, token("soon")), "Malformed"),
            ((200, json!("canary-8f2a")), "Malformed"),
            ((200, json!({"access_token": ["canary-8f2a"]})), "Malformed"),
        ] {
            let error = answered(status, body).await.unwrap_err();
            let shown = format!("{error:?}");
            assert!(shown.starts_with(expected), "{status}: {shown}");
            assert!(!shown.contains("canary"), "{shown}");
            if ["Refused", "Forbidden"].contains(&expected) {
                assert!(
                    error.to_string().contains("in the server's words"),
                    "{error}"
                );
            }
        }
    }

    #[tokio::test]
    async fn no_other_scopes() {
        let server = ServerAddress::parse("http://127.0.0.1:9").unwrap();
        let tokens = BrokeredTokens::new(Arc::new(Client::new(server, None).unwrap()), GRANT);
        let refused = tokens.mint(&wanted("https://mail.google.com/")).await;
        assert!(matches!(refused, Err(IamError::Refused { .. })));
        let nobody = tokens.mint(&wanted(USERINFO_EMAIL)).await;
        assert!(matches!(nobody, Err(IamError::Unavailable { .. })));
    }
}
