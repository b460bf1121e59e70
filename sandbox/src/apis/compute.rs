//! Compute Engine v1: virtual machines and their IAM (discovery document compute.v1; facts 1.3 for the verbs).

use serde_json::{Map, Value, json};

use super::paging::page;
use super::policies;
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::fields;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;
use crate::world::World;
use crate::world::resources::{Kind, Resource};

const SERVICE: &str = "compute.googleapis.com";
/// How resources name each other, wherever the API is asked.
const ROOT: &str = "https://www.googleapis.com/compute/v1";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        SERVICE,
        "GET",
        "compute/v1/projects/{}/aggregated/instances",
        "instances.aggregatedList",
        aggregated,
    ),
    Route::new(
        SERVICE,
        "GET",
        "compute/v1/projects/{}/zones/{}/instances",
        "instances.list",
        list,
    ),
    Route::new(
        SERVICE,
        "GET",
        "compute/v1/projects/{}/zones/{}/instances/{}",
        "instances.get",
        get,
    ),
    Route::new(
        SERVICE,
        "GET",
        "compute/v1/projects/{}/zones/{}/instances/{}/getIamPolicy",
        "getIamPolicy",
        |cloud, call| policies::get_reply(cloud, call, &named(call)),
    ),
    Route::new(
        SERVICE,
        "POST",
        "compute/v1/projects/{}/zones/{}/instances/{}/setIamPolicy",
        "setIamPolicy",
        |cloud, call| {
            policies::set_from_body(
                cloud,
                call,
                &named(call),
                &fields::SET_IAM_POLICY_WITHOUT_MASK,
            )
        },
    ),
    Route::new(
        SERVICE,
        "POST",
        "compute/v1/projects/{}/zones/{}/instances/{}/testIamPermissions",
        "testIamPermissions",
        |cloud, call| policies::test_from_body(cloud, call, &named(call)),
    ),
];

fn named(call: &Call<'_>) -> String {
    format!(
        "projects/{}/zones/{}/instances/{}",
        call.parameter(0),
        call.parameter(1),
        call.parameter(2)
    )
}

fn view(instance: &Resource) -> Value {
    let (zone, name) = (&instance.location, instance.short_name());
    let project = instance.parent.as_deref().unwrap_or_default();
    // Inside 10.132/16, by the name: the same machine keeps its address.
    let host = name.bytes().fold(2_u8, u8::wrapping_add);
    json!({
        "kind": "compute#instance",
        "id": instance.number,
        "name": name,
        "zone": format!("{ROOT}/{project}/zones/{zone}"),
        "machineType": format!("{ROOT}/{project}/zones/{zone}/machineTypes/e2-small"),
        "selfLink": format!("{ROOT}/{}", instance.key),
        "status": "RUNNING",
        "cpuPlatform": "Intel Broadwell",
        "creationTimestamp": instance.created.to_string(),
        "canIpForward": false,
        "deletionProtection": false,
        "scheduling": { "onHostMaintenance": "MIGRATE", "automaticRestart": true, "preemptible": false },
        "networkInterfaces": [{
            "kind": "compute#networkInterface",
            "name": "nic0",
            "network": format!("{ROOT}/{project}/global/networks/default"),
            "networkIP": format!("10.132.0.{host}"),
        }],
    })
}

fn of_project<'a>(world: &'a World, project: &str) -> impl Iterator<Item = &'a Resource> {
    let parent = world.resources.key(project);
    world
        .resources
        .of_kind(Kind::ComputeInstance)
        .filter(move |instance| instance.parent == parent)
}

fn aggregated(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let project = format!("projects/{}", call.parameter(0));
    let world = cloud.world();
    policies::require(&world, cloud, call, &project, "compute.instances.list")?;
    let mut zones: Map<String, Value> = Map::new();
    for instance in of_project(&world, &project) {
        let zone = format!("zones/{}", instance.location);
        let zone = zones
            .entry(zone)
            .or_insert_with(|| json!({ "instances": [] }));
        if let Some(list) = zone["instances"].as_array_mut() {
            list.push(view(instance));
        }
    }
    Ok(Reply::json(&json!({
        "kind": "compute#instanceAggregatedList",
        "id": format!("{project}/aggregated/instances"),
        "selfLink": format!("{ROOT}/{project}/aggregated/instances"),
        "items": zones,
    })))
}

fn list(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let project = format!("projects/{}", call.parameter(0));
    let zone = call.parameter(1);
    let world = cloud.world();
    policies::require(&world, cloud, call, &project, "compute.instances.list")?;
    let instances = of_project(&world, &project)
        .filter(|instance| instance.location == zone)
        .map(view)
        .collect();
    let size = call
        .query_value("maxResults")
        .and_then(|size| size.parse().ok());
    let mut reply = page("items", instances, size, call.query_value("pageToken"), 500);
    reply["kind"] = json!("compute#instanceList");
    reply["id"] = json!(format!("{project}/zones/{zone}/instances"));
    reply["selfLink"] = json!(format!("{ROOT}/{project}/zones/{zone}/instances"));
    Ok(Reply::json(&reply))
}

fn get(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let name = named(call);
    let world = cloud.world();
    policies::require(&world, cloud, call, &name, "compute.instances.get")?;
    let instance = world.resources.get(&name).ok_or_else(ApiError::internal)?;
    Ok(Reply::json(&view(instance)))
}
