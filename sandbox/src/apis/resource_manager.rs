//! Cloud Resource Manager v1 (projects, organizations), v2 (folders) and v3 (all three); gcloud uses the
//! first two, Google's libraries the last (facts 1.1).

use serde_json::{Value, json};

use super::filter;
use super::paging::page;
use super::policies;
use super::resource_manager_views::{Version, attributes, view};
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::fields;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;
use crate::world::resources::{Kind, Resource};

const SERVICE: &str = "cloudresourcemanager.googleapis.com";

macro_rules! iam_routes {
    ($($version:literal / $collection:literal),* $(,)?) => {
        [$(
            [
                Route::new(SERVICE, "POST", concat!($version, "/", $collection, "/{}:getIamPolicy"), "getIamPolicy",
                    |cloud, call| policies::get_reply(cloud, call, &named($collection, call))),
                Route::new(SERVICE, "POST", concat!($version, "/", $collection, "/{}:setIamPolicy"), "setIamPolicy",
                    |cloud, call| policies::set_from_body(cloud, call, &named($collection, call), &fields::SET_IAM_POLICY)),
                Route::new(SERVICE, "POST", concat!($version, "/", $collection, "/{}:testIamPermissions"), "testIamPermissions",
                    |cloud, call| policies::test_from_body(cloud, call, &named($collection, call))),
            ],
        )*]
    };
}

const IAM_ROUTES: [[Route; 3]; 6] = iam_routes![
    "v1" / "projects",
    "v1" / "organizations",
    "v2" / "folders",
    "v3" / "projects",
    "v3" / "folders",
    "v3" / "organizations",
];

const OTHER_ROUTES: [Route; 17] = [
    Route::new(
        SERVICE,
        "GET",
        "v1/projects",
        "projects.list",
        |cloud, call| {
            search(
                cloud,
                call,
                Kind::Project,
                Version::V1,
                call.query_value("filter"),
                None,
            )
        },
    ),
    Route::new(
        SERVICE,
        "GET",
        "v1/projects/{}",
        "projects.get",
        |cloud, call| get(cloud, call, "projects", Version::V1),
    ),
    Route::new(
        SERVICE,
        "POST",
        "v1/projects/{}:getAncestry",
        "projects.getAncestry",
        get_ancestry,
    ),
    Route::new(
        SERVICE,
        "GET",
        "v1/organizations/{}",
        "organizations.get",
        |cloud, call| get(cloud, call, "organizations", Version::V1),
    ),
    Route::new(
        SERVICE,
        "POST",
        "v1/organizations:search",
        "organizations.search",
        |cloud, call| {
            let body = policies::body(cloud, call, &fields::SEARCH_V1)?;
            search(
                cloud,
                call,
                Kind::Organization,
                Version::V1,
                body["filter"].as_str(),
                None,
            )
        },
    ),
    Route::new(
        SERVICE,
        "GET",
        "v2/folders/{}",
        "folders.get",
        |cloud, call| get(cloud, call, "folders", Version::V2),
    ),
    Route::new(
        SERVICE,
        "GET",
        "v2/folders",
        "folders.list",
        |cloud, call| list(cloud, call, Kind::Folder, Version::V2),
    ),
    Route::new(
        SERVICE,
        "POST",
        "v2/folders:search",
        "folders.search",
        |cloud, call| {
            let body = policies::body(cloud, call, &fields::SEARCH_V1)?;
            search(
                cloud,
                call,
                Kind::Folder,
                Version::V2,
                body["query"].as_str(),
                None,
            )
        },
    ),
    Route::new(
        SERVICE,
        "GET",
        "v3/projects",
        "projects.list",
        |cloud, call| list(cloud, call, Kind::Project, Version::V3),
    ),
    Route::new(
        SERVICE,
        "GET",
        "v3/projects:search",
        "projects.search",
        |cloud, call| {
            search(
                cloud,
                call,
                Kind::Project,
                Version::V3,
                call.query_value("query"),
                None,
            )
        },
    ),
    Route::new(
        SERVICE,
        "GET",
        "v3/projects/{}",
        "projects.get",
        |cloud, call| get(cloud, call, "projects", Version::V3),
    ),
    Route::new(
        SERVICE,
        "GET",
        "v3/folders",
        "folders.list",
        |cloud, call| list(cloud, call, Kind::Folder, Version::V3),
    ),
    Route::new(
        SERVICE,
        "GET",
        "v3/folders:search",
        "folders.search",
        |cloud, call| {
            search(
                cloud,
                call,
                Kind::Folder,
                Version::V3,
                call.query_value("query"),
                None,
            )
        },
    ),
    Route::new(
        SERVICE,
        "GET",
        "v3/folders/{}",
        "folders.get",
        |cloud, call| get(cloud, call, "folders", Version::V3),
    ),
    Route::new(
        SERVICE,
        "GET",
        "v3/organizations:search",
        "organizations.search",
        |cloud, call| {
            search(
                cloud,
                call,
                Kind::Organization,
                Version::V3,
                call.query_value("query"),
                None,
            )
        },
    ),
    Route::new(
        SERVICE,
        "GET",
        "v3/organizations/{}",
        "organizations.get",
        |cloud, call| get(cloud, call, "organizations", Version::V3),
    ),
    // gcloud asks for effective tags when it describes some resources; this world has none.
    Route::new(
        SERVICE,
        "GET",
        "v3/effectiveTags",
        "effectiveTags.list",
        |_, _| Ok(Reply::json(&json!({}))),
    ),
];

pub(crate) static ROUTES: &[Route] = &{
    let mut all = [OTHER_ROUTES[0]; 35];
    let mut at = 0;
    while at < OTHER_ROUTES.len() {
        all[at] = OTHER_ROUTES[at];
        at += 1;
    }
    let mut group = 0;
    while group < IAM_ROUTES.len() {
        let mut verb = 0;
        while verb < 3 {
            all[at] = IAM_ROUTES[group][verb];
            at += 1;
            verb += 1;
        }
        group += 1;
    }
    all
};

fn named(collection: &str, call: &Call<'_>) -> String {
    format!("{collection}/{}", call.parameter(0))
}

fn get(
    cloud: &Cloud,
    call: &Call<'_>,
    collection: &str,
    version: Version,
) -> Result<Reply, ApiError> {
    let name = named(collection, call);
    let world = cloud.world();
    policies::require(
        &world,
        cloud,
        call,
        &name,
        &format!("resourcemanager.{collection}.get"),
    )?;
    let resource = world.resources.get(&name).ok_or_else(ApiError::internal)?;
    Ok(Reply::json(&view(
        resource,
        &world.resources,
        version,
        call.wants_enum_numbers(),
    )))
}

/// Children of `parent`, which is required.
fn list(cloud: &Cloud, call: &Call<'_>, kind: Kind, version: Version) -> Result<Reply, ApiError> {
    let parent = call
        .query_value("parent")
        .filter(|parent| !parent.is_empty());
    let parent = parent.ok_or_else(|| ApiError::bad_field("parent", "The parent is required."))?;
    let permission = format!("{}.list", kind.permission_prefix());
    policies::require(&cloud.world(), cloud, call, parent, &permission)?;
    search(cloud, call, kind, version, None, Some(parent))
}

/// Everything of a kind that the caller may get and that passes the filter.
fn search(
    cloud: &Cloud,
    call: &Call<'_>,
    kind: Kind,
    version: Version,
    query: Option<&str>,
    parent: Option<&str>,
) -> Result<Reply, ApiError> {
    let world = cloud.world();
    let permission = format!("{}.get", kind.permission_prefix());
    let parent = parent.and_then(|parent| world.resources.key(parent));
    let mut found = Vec::new();
    for resource in world.resources.of_kind(kind) {
        let in_place = parent.is_none() || parent == resource.parent;
        let values = |field: &str| attributes(resource, field);
        let passes = filter::passes(query.unwrap_or_default(), &values)
            .map_err(|message| ApiError::bad_field("query", &message))?;
        if in_place
            && passes
            && policies::require(&world, cloud, call, &resource.key, &permission).is_ok()
        {
            found.push(view(
                resource,
                &world.resources,
                version,
                call.wants_enum_numbers(),
            ));
        }
    }
    let field = match kind {
        Kind::Organization => "organizations",
        Kind::Folder => "folders",
        _ => "projects",
    };
    let size = call
        .query_value("pageSize")
        .and_then(|size| size.parse().ok());
    Ok(Reply::json(&page(
        field,
        found,
        size,
        call.query_value("pageToken"),
        500,
    )))
}

fn get_ancestry(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    policies::body(cloud, call, &fields::EMPTY)?;
    let name = named("projects", call);
    let world = cloud.world();
    policies::require(&world, cloud, call, &name, "resourcemanager.projects.get")?;
    let ancestor = |resource: &&Resource| {
        let kind = match resource.kind {
            Kind::Organization => "organization",
            Kind::Folder => "folder",
            _ => "project",
        };
        json!({ "resourceId": { "type": kind, "id": resource.short_name() } })
    };
    let ancestors: Vec<Value> = world
        .resources
        .lineage(&name)
        .iter()
        .map(ancestor)
        .collect();
    Ok(Reply::json(&json!({ "ancestor": ancestors })))
}
