//! The databases of Cloud SQL's instances: TLS servers that let in who holds a certificate of the instance's own
//! authority, and then say whose it is. No SQL is spoken: what a session has to prove is who connects.

mod authority;
#[cfg(feature = "databases")]
mod serve;
#[cfg(feature = "databases")]
mod tls;

pub(crate) use authority::InstanceAuthority;
#[cfg(feature = "databases")]
pub(crate) use serve::{listener, serve};
#[cfg(feature = "databases")]
pub(crate) use tls::acceptor;
