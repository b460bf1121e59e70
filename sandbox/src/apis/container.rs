//! Kubernetes Engine v1: clusters as `gcloud container clusters` sees them (discovery document container.v1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::policies;
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;
use crate::world::World;
use crate::world::resources::{Kind, Resource};

const SERVICE: &str = "container.googleapis.com";
/// One that kubectl 1.31 to 1.33 agrees with.
pub(crate) const VERSION: &str = "1.32.4-gke.1415000";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        SERVICE,
        "GET",
        "v1/projects/{}/locations/{}/clusters",
        "clusters.list",
        list,
    ),
    Route::new(
        SERVICE,
        "GET",
        "v1/projects/{}/locations/{}/clusters/{}",
        "clusters.get",
        get,
    ),
];

fn view(world: &World, cluster: &Resource) -> Value {
    let location = &cluster.location;
    let mut view = json!({
        "name": cluster.short_name(),
        "id": cluster.number,
        "location": location,
        "zone": location,
        "locations": [location],
        "selfLink": format!("https://{SERVICE}/v1/{}", cluster.key),
        "status": "RUNNING",
        "createTime": cluster.created.to_string(),
        "initialClusterVersion": VERSION,
        "currentMasterVersion": VERSION,
        "currentNodeVersion": VERSION,
        "currentNodeCount": 2,
        "network": "default",
        "subnetwork": "default",
        "releaseChannel": { "channel": "REGULAR" },
        "nodePools": [{
            "name": "default-pool",
            "config": { "machineType": "e2-standard-2" },
            "initialNodeCount": 2,
            "status": "RUNNING",
            "version": VERSION,
        }],
    });
    if let Some(address) = world.endpoints.get(&cluster.key) {
        // gcloud puts https:// before it, and so the port may stand in it.
        view["endpoint"] = json!(address.to_string());
    }
    if let Some(ca_pem) = world.cluster_authorities.get(&cluster.key) {
        view["masterAuth"] = json!({ "clusterCaCertificate": STANDARD.encode(ca_pem) });
    }
    view
}

fn list(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let project = format!("projects/{}", call.parameter(0));
    let location = call.parameter(1);
    let world = cloud.world();
    policies::require(&world, cloud, call, &project, "container.clusters.list")?;
    let parent = world.resources.key(&project);
    let clusters = world.resources.of_kind(Kind::Cluster).filter(|cluster| {
        cluster.parent == parent && (location == "-" || cluster.location == location)
    });
    let clusters: Vec<Value> = clusters.map(|cluster| view(&world, cluster)).collect();
    Ok(Reply::json(&if clusters.is_empty() {
        json!({})
    } else {
        json!({ "clusters": clusters })
    }))
}

fn get(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let name = format!(
        "projects/{}/locations/{}/clusters/{}",
        call.parameter(0),
        call.parameter(1),
        call.parameter(2)
    );
    let world = cloud.world();
    policies::require(&world, cloud, call, &name, "container.clusters.get")?;
    let cluster = world.resources.get(&name).ok_or_else(ApiError::internal)?;
    Ok(Reply::json(&view(&world, cluster)))
}
