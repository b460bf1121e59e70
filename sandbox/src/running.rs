//! Starting and stopping a sandbox.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::cloud::Cloud;
use crate::error::Error;
use crate::http::faults::Fault;
use crate::http::server::serve;
use crate::machines;
use crate::tunnel::Authority;
use crate::world::seed::Seed;

/// Entries that each history keeps: policy versions of one resource, requests, audit entries.
const KEPT_ENTRIES: usize = 100_000;

/// How a sandbox starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The world to start with.
    pub seed: Seed,
    /// Delay of every reply outside `/sandbox/`.
    pub latency: Duration,
    /// Faults in force from the start.
    pub faults: Vec<Fault>,
    /// Whether to open the CONNECT tunnel, on a port of its own.
    pub tunnel: bool,
    /// How many entries each history keeps; older ones go.
    pub kept_entries: usize,
}

impl Default for Options {
    /// The built-in world on a free port of 127.0.0.1, without tunnel, latency or faults.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: Seed::default(),
            latency: Duration::ZERO,
            faults: Vec::new(),
            tunnel: false,
            kept_entries: KEPT_ENTRIES,
        }
    }
}

/// A running sandbox. It ends when it is stopped or dropped.
#[derive(Debug)]
pub struct Sandbox {
    cloud: Cloud,
    end: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Sandbox {
    /// Builds the world and listens. Needs a tokio runtime.
    pub async fn start(options: Options) -> Result<Sandbox, Error> {
        let cloud = Cloud::new(
            &options.seed,
            options.latency,
            options.faults,
            options.kept_entries,
        )?;
        let (end, ended) = watch::channel(false);
        let (listener, address) = listen(options.listen).await?;
        cloud.set_base_url(format!("http://{address}"));
        let authority = Authority::new(&cloud)?;
        let mut tasks = machines::start(&cloud, &authority, &ended).await?;
        if options.tunnel {
            let (listener, address) = listen(SocketAddr::new(options.listen.ip(), 0)).await?;
            cloud.set_tunnel(format!("http://{address}"), authority.ca_pem().to_owned());
            tasks.push(tokio::spawn(crate::tunnel::serve(
                listener,
                cloud.clone(),
                authority,
                ended.clone(),
            )));
        }
        tasks.push(tokio::spawn(serve(listener, cloud.clone(), ended)));
        Ok(Sandbox { cloud, end, tasks })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.cloud.base_url()
    }

    /// `http://127.0.0.1:PORT` of the CONNECT proxy, if there is one.
    pub fn tunnel_url(&self) -> Option<String> {
        self.cloud.tunnel().map(|(url, _)| url.clone())
    }

    /// The certificate authority of the tunnel, in PEM.
    pub fn ca_pem(&self) -> Option<String> {
        self.cloud.tunnel().map(|(_, ca)| ca.clone())
    }

    /// In-process handle to the same state.
    pub fn cloud(&self) -> Cloud {
        self.cloud.clone()
    }

    /// Ends all connections and waits for the listeners.
    pub async fn stop(self) {
        self.end.send_replace(true);
        for task in self.tasks {
            // A listener that panicked has ended as well.
            let _ = task.await;
        }
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
