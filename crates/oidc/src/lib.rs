//! Who is there: sign-in of people by OpenID Connect, and ID tokens of machines.
//!
//! Two doors, one rule book:
//!
//! - [`RelyingParty`] signs people in: authorization code flow with PKCE (S256) only. [`RelyingParty::begin`] gives the
//!   address to send the browser to and a [`PendingLogin`] to keep on the server; [`RelyingParty::finish`] takes both
//!   back with the provider's [`Callback`] and answers [`SignedIn`].
//! - [`MachineVerifier`] checks the bearer ID token that a program sends and answers [`MachineIdentity`].
//!
//! A person or program is known by **issuer and subject**, never by address alone. Before any cryptography both doors
//! apply the same strict reading: bounded size, no member twice at any depth, algorithm from a fixed list (RS256,
//! ES256), key id present, every claim present and of the right type. One leeway, [`LEEWAY`], applies to all times.
//! The signature is then checked by `openidconnect` (people) or `jsonwebtoken` (machines) with the issuer's own keys.
//!
//! Which people may come in is decided by the **`hd` claim** alone (Google Workspace's hosted domain): the domain of
//! an address can be had by anybody with a consumer account. A provider that issues no `hd` lets nobody in.
//!
//! Provider metadata and keys are fetched when first needed, so that a server starts while its provider is down.
//! The last good copy is kept; a token with an unknown key id causes a refresh at most every [`REFRESH_PAUSE`].
//! Nothing here reads a clock: the time is injected or a parameter.
//!
//! What the caller owes: bind the [`PendingLogin`] to the browser with a cookie, remove it from the store when the
//! callback comes, and never show [`SignedIn::name`] where an identity matters (it is free text).

mod back_channel;
mod claims;
mod email;
mod envelope;
mod error;
mod jwks;
mod last_good;
mod machine;
mod pending;
mod provider;
mod relying_party;
mod spent;
mod strict_json;

pub use claims::LEEWAY;
pub use error::Error;
pub use last_good::REFRESH_PAUSE;
pub use machine::{MachineIdentity, MachineIssuer, MachineVerifier};
pub use pending::{LoginStart, PENDING_LIFETIME, PendingLogin};
pub use relying_party::{
    BeginOptions, Callback, Clock, LentToken, LoginConfig, RelyingParty, SignedIn,
};
