//! Secret Manager v1 secrets and their IAM.

use serde_json::{Value, json};

use super::paging::page;
use super::policies;
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::fields;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;
use crate::world::resources::{Kind, Resource, Resources};

const SERVICE: &str = "secretmanager.googleapis.com";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        SERVICE,
        "GET",
        "v1/projects/{}/secrets",
        "secrets.list",
        list,
    ),
    Route::new(
        SERVICE,
        "GET",
        "v1/projects/{}/secrets/{}:getIamPolicy",
        "getIamPolicy",
        |cloud, call| policies::get_reply(cloud, call, &named(call)),
    ),
    Route::new(
        SERVICE,
        "POST",
        "v1/projects/{}/secrets/{}:setIamPolicy",
        "setIamPolicy",
        |cloud, call| policies::set_from_body(cloud, call, &named(call), &fields::SET_IAM_POLICY),
    ),
    Route::new(
        SERVICE,
        "POST",
        "v1/projects/{}/secrets/{}:testIamPermissions",
        "testIamPermissions",
        |cloud, call| policies::test_from_body(cloud, call, &named(call)),
    ),
    Route::new(
        SERVICE,
        "GET",
        "v1/projects/{}/secrets/{}",
        "secrets.get",
        get,
    ),
];

fn named(call: &Call<'_>) -> String {
    format!(
        "projects/{}/secrets/{}",
        call.parameter(0),
        call.parameter(1)
    )
}

/// Secret Manager names projects by number.
fn view(secret: &Resource, resources: &Resources) -> Value {
    let project = resources
        .project_of(&secret.key)
        .map(|project| project.number.clone())
        .unwrap_or_default();
    json!({
        "name": format!("projects/{project}/secrets/{}", secret.short_name()),
        "replication": { "automatic": {} },
        "createTime": secret.created.to_string(),
        "etag": format!("\"{:x}\"", secret.created.as_microsecond()),
    })
}

fn list(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let project = format!("projects/{}", call.parameter(0));
    let world = cloud.world();
    policies::require(&world, cloud, call, &project, "secretmanager.secrets.list")?;
    let parent = world.resources.key(&project);
    let secrets = world
        .resources
        .of_kind(Kind::Secret)
        .filter(|secret| secret.parent == parent);
    let secrets: Vec<Value> = secrets
        .map(|secret| view(secret, &world.resources))
        .collect();
    let total = secrets.len();
    let size = call
        .query_value("pageSize")
        .and_then(|size| size.parse().ok());
    let mut reply = page(
        "secrets",
        secrets,
        size,
        call.query_value("pageToken"),
        25_000,
    );
    reply["totalSize"] = json!(total);
    Ok(Reply::json(&reply))
}

fn get(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let name = named(call);
    let world = cloud.world();
    policies::require(&world, cloud, call, &name, "secretmanager.secrets.get")?;
    let secret = world.resources.get(&name).ok_or_else(ApiError::internal)?;
    Ok(Reply::json(&view(secret, &world.resources)))
}
