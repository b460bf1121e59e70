//! What a provider says about itself, for the sign-in of people.

use std::future::Future;
use std::pin::Pin;

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, AsyncHttpClient, DiscoveryError, HttpRequest, HttpResponse,
    IssuerUrl, JsonWebKey as _, ProviderMetadata,
};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::Error;
use crate::back_channel::{BackChannel, address};

/// Where a provider's metadata is, relative to its issuer (OpenID Connect Discovery 1.0, section 4).
const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";

/// The members of the discovery document that the library does not know.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct MoreMetadata {
    /// RFC 9207, section 3: if true, every callback carries `iss`, and one without it is refused.
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
    /// RFC 7009, section 2: where tokens are given back.
    #[serde(default)]
    pub(crate) revocation_endpoint: Option<String>,
}

impl AdditionalProviderMetadata for MoreMetadata {}

/// Endpoints, keys and abilities of a provider.
pub(crate) type Provider = ProviderMetadata<
    MoreMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// The address of the discovery document of `issuer`.
pub(crate) fn discovery_address(issuer: &str) -> Result<Url, Error> {
    address(
        "issuer",
        &format!("{}{DISCOVERY_PATH}", issuer.trim_end_matches('/')),
    )
}

/// Fetches the discovery document and the key set.
pub(crate) async fn fetch(channel: &BackChannel, issuer: &IssuerUrl) -> Result<Provider, Error> {
    let url = discovery_address(issuer)?;
    let provider = Provider::discover_async(issuer.clone(), channel)
        .await
        .map_err(|error| match error {
            DiscoveryError::Request(error) => error,
            DiscoveryError::Response(status, ..) if status != http::StatusCode::OK => {
                Error::UnexpectedStatus {
                    url,
                    status: status.as_u16(),
                }
            }
            DiscoveryError::Validation(_) => Error::IssuerMismatch {
                expected: issuer.to_string(),
            },
            other => Error::not_understood(&url, other),
        })?;
    channel.admit(provider.authorization_endpoint().url())?;
    Ok(provider)
}

/// Whether the provider's key set has a key of this id.
pub(crate) fn has_key(provider: &Provider, key_id: &str) -> bool {
    provider
        .jwks()
        .keys()
        .iter()
        .any(|key| key.key_id().is_some_and(|id| id.as_str() == key_id))
}

impl<'c> AsyncHttpClient<'c> for BackChannel {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
