//! An HTTP proxy for tools that know nothing of tokens: it adds the session's token to their requests to Google.
//!
//! It listens on 127.0.0.1 and ends TLS itself, with certificates that only the session's tools trust: their authority
//! is made in memory, limited by name constraints to the allowed hosts, and its key is nowhere else. From there each
//! request goes on to the real host, which must prove to be it.
//!
//! **The invariant.** A token is added if and only if the request came by https, its host is in the exact list
//! ([`Hosts`]), the client showed the session's secret, and the session has not ended. Where each part is checked:
//!
//! | part | place |
//! |---|---|
//! | https | `tunnel`: only what is inside TLS for the very name becomes a request; `connect` refuses `GET http://…` |
//! | host | `hosts` (the rule) over `target` (one spelling); `request` (no other name inside) |
//! | secret | `connect`, before anything else |
//! | not ended | `life`: the one way to the token, asked when the request leaves |
//! | the real host | `dial`: nothing is written before its certificate is verified |

mod body;
mod certificate_authority;
mod client_secret;
mod connect;
mod dial;
mod endpoint;
mod error;
mod failure;
mod filled;
mod forward;
mod hosts;
mod leaf;
mod lent;
mod life;
mod limits;
mod log;
mod request;
mod roots;
mod splice;
mod target;
mod tunnel;
mod upstream;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use daypass_engine::ports::Clock;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use client_secret::USER;
pub use dial::Route;
pub use error::Error;
pub use hosts::Hosts;
pub use lent::Lent;
pub use log::{Entry, Log};
pub use roots::Roots;
pub use target::{Host, NotATarget, Target};

use client_secret::ClientSecret;
use connect::Gate;
use endpoint::Endpoints;
use life::Life;

/// What becomes of hosts that may not have the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Others {
    /// They are refused.
    #[default]
    Refused,
    /// They are connected without looking inside: the client speaks TLS with the host itself, and no token is added.
    Tunnelled,
}

/// Tells of a host whether it is connected without looking inside though others are refused: a cluster that a tool of the
/// session has just got a kubeconfig for, with its own authority and the session's credential plugin.
pub type Spared = Arc<dyn Fn(&Target) -> bool + Send + Sync>;

/// What a proxy needs to know.
pub struct Options {
    /// What clients must show: 32 to 128 letters, digits, hyphens and underscores that nobody can guess.
    pub secret: SecretString,
    /// The hosts that the token may go to.
    pub hosts: Hosts,
    /// What becomes of all others.
    pub others: Others,
    /// Which of those are connected all the same.
    pub spared: Option<Spared>,
    /// By which certificates Google's hosts are verified.
    pub roots: Roots,
    /// The way to Google's hosts. Clusters and others are always reached directly.
    pub route: Route,
    /// What is lent at each moment. A new value counts from the next request on, also on open connections; `None`, or
    /// the sender dropped, is the end of the session.
    pub lent: watch::Receiver<Option<Lent>>,
    /// Google's time, by which sessions and tokens end.
    pub clock: Arc<dyn Clock>,
    /// Who is told of each request.
    pub log: Option<Log>,
}

/// A proxy that runs. When this is dropped, it ends.
pub struct Running {
    address: SocketAddr,
    authority_pem: String,
    life: Life,
}

/// Starts the proxy on a free port of 127.0.0.1.
pub async fn start(options: Options) -> Result<Running, Error> {
    let secret = ClientSecret::new(&options.secret)?;
    let now = options.clock.now();
    let endpoints = Endpoints::new(options.hosts, &options.roots, options.route, now)?;
    let authority_pem = endpoints.authority_pem().to_owned();
    let life = Life::new(options.lent, options.clock);
    life.lent().map_err(|_| Error::Over)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .map_err(Error::Listen)?;
    let address = listener.local_addr().map_err(Error::Listen)?;
    let others = (options.others, options.spared);
    let gate = Gate::new(secret, endpoints, others, life.clone(), options.log);
    life.spawn(Arc::new(gate).listen(listener, address));
    life.spawn(life.clone().watch());
    Ok(Running {
        address,
        authority_pem,
        life,
    })
}

impl Running {
    /// Where it listens. Tools are told `http://daypass:SECRET@ADDRESS` ([`USER`]), never in an argument.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate that the session's tools must trust, beside those of the machine.
    pub fn authority_pem(&self) -> &str {
        &self.authority_pem
    }

    /// Waits until the session is over, and every connection and the port are closed.
    pub async fn ended(&self) {
        self.life.ended().await;
    }

    /// Ends it: when this returns, every connection and the port are closed.
    pub async fn stop(self) {
        self.life.end();
        self.life.ended().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.life.end();
    }
}
