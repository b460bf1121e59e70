//! Pub/Sub v1 topics: their IAM reads by GET, and takes neither conditions nor an update mask.

use serde_json::{Value, json};

use super::paging::page;
use super::policies;
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::fields;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;
use crate::world::resources::Kind;

const SERVICE: &str = "pubsub.googleapis.com";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(SERVICE, "GET", "v1/projects/{}/topics", "topics.list", list),
    Route::new(
        SERVICE,
        "GET",
        "v1/projects/{}/topics/{}:getIamPolicy",
        "getIamPolicy",
        |cloud, call| policies::get_reply(cloud, call, &named(call)),
    ),
    Route::new(
        SERVICE,
        "POST",
        "v1/projects/{}/topics/{}:setIamPolicy",
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
        "v1/projects/{}/topics/{}:testIamPermissions",
        "testIamPermissions",
        |cloud, call| policies::test_from_body(cloud, call, &named(call)),
    ),
    Route::new(
        SERVICE,
        "GET",
        "v1/projects/{}/topics/{}",
        "topics.get",
        get,
    ),
];

fn named(call: &Call<'_>) -> String {
    format!(
        "projects/{}/topics/{}",
        call.parameter(0),
        call.parameter(1)
    )
}

fn list(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let project = format!("projects/{}", call.parameter(0));
    let world = cloud.world();
    policies::require(&world, cloud, call, &project, "pubsub.topics.list")?;
    let parent = world.resources.key(&project);
    let topics = world
        .resources
        .of_kind(Kind::Topic)
        .filter(|topic| topic.parent == parent);
    let topics: Vec<Value> = topics.map(|topic| json!({ "name": topic.key })).collect();
    let size = call
        .query_value("pageSize")
        .and_then(|size| size.parse().ok());
    Ok(Reply::json(&page(
        "topics",
        topics,
        size,
        call.query_value("pageToken"),
        100,
    )))
}

fn get(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let name = named(call);
    let world = cloud.world();
    policies::require(&world, cloud, call, &name, "pubsub.topics.get")?;
    let topic = world.resources.get(&name).ok_or_else(ApiError::internal)?;
    Ok(Reply::json(&json!({ "name": topic.key })))
}
