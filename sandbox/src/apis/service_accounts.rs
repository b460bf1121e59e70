//! IAM v1: service accounts as resources, with a policy of their own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
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

const SERVICE: &str = "iam.googleapis.com";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        SERVICE,
        "GET",
        "v1/projects/{}/serviceAccounts",
        "serviceAccounts.list",
        list,
    ),
    Route::new(
        SERVICE,
        "GET",
        "v1/projects/{}/serviceAccounts/{}",
        "serviceAccounts.get",
        get,
    ),
    Route::new(
        SERVICE,
        "POST",
        "v1/projects/{}/serviceAccounts/{}:getIamPolicy",
        "getIamPolicy",
        |cloud, call| policies::get_reply(cloud, call, &named(call)),
    ),
    Route::new(
        SERVICE,
        "POST",
        "v1/projects/{}/serviceAccounts/{}:setIamPolicy",
        "setIamPolicy",
        |cloud, call| policies::set_from_body(cloud, call, &named(call), &fields::SET_IAM_POLICY),
    ),
    Route::new(
        SERVICE,
        "POST",
        "v1/projects/{}/serviceAccounts/{}:testIamPermissions",
        "testIamPermissions",
        |cloud, call| policies::test_from_body(cloud, call, &named(call)),
    ),
];

fn named(call: &Call<'_>) -> String {
    format!(
        "projects/{}/serviceAccounts/{}",
        call.parameter(0),
        call.parameter(1)
    )
}

fn view(account: &Resource, resources: &Resources) -> Value {
    json!({
        "name": account.key,
        "projectId": resources.project_of(&account.key).map(|project| project.short_name().to_owned()),
        "uniqueId": account.number,
        "email": account.short_name(),
        "displayName": account.display_name,
        "etag": STANDARD.encode(account.created.as_second().to_be_bytes()),
        "oauth2ClientId": account.number,
    })
}

fn list(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let project = format!("projects/{}", call.parameter(0));
    let world = cloud.world();
    policies::require(&world, cloud, call, &project, "iam.serviceAccounts.list")?;
    let parent = world.resources.key(&project);
    let accounts = world
        .resources
        .of_kind(Kind::ServiceAccount)
        .filter(|account| account.parent == parent);
    let accounts = accounts
        .map(|account| view(account, &world.resources))
        .collect();
    let size = call
        .query_value("pageSize")
        .and_then(|size| size.parse().ok());
    Ok(Reply::json(&page(
        "accounts",
        accounts,
        size,
        call.query_value("pageToken"),
        100,
    )))
}

fn get(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let name = named(call);
    let world = cloud.world();
    policies::require(&world, cloud, call, &name, "iam.serviceAccounts.get")?;
    let account = world.resources.get(&name).ok_or_else(ApiError::internal)?;
    Ok(Reply::json(&view(account, &world.resources)))
}
