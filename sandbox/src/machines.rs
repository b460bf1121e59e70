//! The servers that are found through an API rather than asked by their own address: clusters and databases. They
//! listen on loopback, whatever the sandbox itself does.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::cloud::Cloud;
use crate::databases::InstanceAuthority;
use crate::error::Error;
use crate::http::server::{Origin, serve_secured};
use crate::tunnel::Authority;
use crate::world::resources::Kind;

/// Starts them all.
pub(crate) async fn start(
    cloud: &Cloud,
    authority: &Authority,
    ended: &watch::Receiver<bool>,
) -> Result<Vec<JoinHandle<()>>, Error> {
    let mut tasks = Vec::new();
    for key in of_kind(cloud, Kind::Cluster) {
        tasks.push(cluster(cloud, authority, key, ended.clone()).await?);
    }
    for key in of_kind(cloud, Kind::SqlInstance) {
        // `projects/P/instances/I` is `P:I` to clients.
        let names: Vec<&str> = key.split('/').skip(1).step_by(2).collect();
        let authority = InstanceAuthority::new(cloud, names.join(":"))?;
        #[cfg(feature = "databases")]
        tasks.extend(database(cloud, &authority, &key, ended.clone()).await?);
        cloud.world().authorities.insert(key, authority);
    }
    Ok(tasks)
}

fn of_kind(cloud: &Cloud, kind: Kind) -> Vec<String> {
    let world = cloud.world();
    let found = world.resources.of_kind(kind);
    found.map(|resource| resource.key.clone()).collect()
}

async fn cluster(
    cloud: &Cloud,
    authority: &Authority,
    key: String,
    ended: watch::Receiver<bool>,
) -> Result<JoinHandle<()>, Error> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let failed = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let configuration = authority.configuration(&bound.ip().to_string())?;
    let origin = Origin {
        tunnelled_to: None,
        is_local: true,
        cluster: Some(Arc::from(key.as_str())),
    };
    let mut world = cloud.world();
    world.endpoints.insert(key.clone(), bound);
    let ca_pem = authority.ca_pem().to_owned();
    world.cluster_authorities.insert(key, ca_pem);
    drop(world);
    let served = serve_secured(listener, cloud.clone(), configuration, origin, ended);
    Ok(tokio::spawn(served))
}

/// None: no loopback address is free, so that the instance has no address.
#[cfg(feature = "databases")]
async fn database(
    cloud: &Cloud,
    authority: &InstanceAuthority,
    key: &str,
    ended: watch::Receiver<bool>,
) -> Result<Option<JoinHandle<()>>, Error> {
    use crate::databases::{acceptor, listener, serve};

    let Some((listener, address)) = listener().await else {
        tracing::warn!(
            instance = key,
            "no loopback address is free for a database; it has none"
        );
        return Ok(None);
    };
    let acceptor = acceptor(cloud, authority)?;
    cloud.world().endpoints.insert(key.to_owned(), address);
    let served = serve(listener, cloud.clone(), key.to_owned(), acceptor, ended);
    Ok(Some(tokio::spawn(served)))
}
