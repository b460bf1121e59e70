//! IAM v1: roles, permissions and the linter (facts 1.2, 1.9).

use serde_json::{Value, json};

use super::paging::page;
use super::policies;
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::fields;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;
use crate::iam::conditions;
use crate::iam::policy::Condition;
use crate::world::resources::Resource;
use crate::world::roles::Role;

const SERVICE: &str = "iam.googleapis.com";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(SERVICE, "GET", "v1/roles", "roles.list", |cloud, call| {
        list(cloud, call, "")
    }),
    Route::new(SERVICE, "GET", "v1/roles/{}", "roles.get", |cloud, call| {
        get(cloud, call, "", &format!("roles/{}", call.parameter(0)))
    }),
    Route::new(
        SERVICE,
        "GET",
        "v1/projects/{}/roles",
        "roles.list",
        |cloud, call| list(cloud, call, &format!("projects/{}", call.parameter(0))),
    ),
    Route::new(
        SERVICE,
        "GET",
        "v1/projects/{}/roles/{}",
        "roles.get",
        |cloud, call| {
            let owner = format!("projects/{}", call.parameter(0));
            get(
                cloud,
                call,
                &owner,
                &format!("{owner}/roles/{}", call.parameter(1)),
            )
        },
    ),
    Route::new(
        SERVICE,
        "GET",
        "v1/organizations/{}/roles",
        "roles.list",
        |cloud, call| list(cloud, call, &format!("organizations/{}", call.parameter(0))),
    ),
    Route::new(
        SERVICE,
        "GET",
        "v1/organizations/{}/roles/{}",
        "roles.get",
        |cloud, call| {
            let owner = format!("organizations/{}", call.parameter(0));
            get(
                cloud,
                call,
                &owner,
                &format!("{owner}/roles/{}", call.parameter(1)),
            )
        },
    ),
    Route::new(
        SERVICE,
        "POST",
        "v1/roles:queryGrantableRoles",
        "roles.queryGrantableRoles",
        grantable_roles,
    ),
    Route::new(
        SERVICE,
        "POST",
        "v1/iamPolicies:lintPolicy",
        "iamPolicies.lintPolicy",
        lint_policy,
    ),
];

fn view(role: &Role, full: bool, enum_numbers: bool) -> Value {
    let stage = if enum_numbers {
        json!(2)
    } else {
        json!(role.stage)
    };
    let mut shown = json!({
        "name": role.name,
        "title": role.title,
        "description": role.description,
        "stage": stage,
        "etag": "AA==",
    });
    if full {
        shown["includedPermissions"] = json!(role.permissions);
    }
    shown
}

/// Roles of an owner; the empty owner has the predefined ones, which everybody may see.
fn list(cloud: &Cloud, call: &Call<'_>, owner: &str) -> Result<Reply, ApiError> {
    let parent = call.query_value("parent").unwrap_or_default();
    let owner = if owner.is_empty() { parent } else { owner };
    let world = cloud.world();
    if !owner.is_empty() {
        policies::require(&world, cloud, call, owner, "iam.roles.list")?;
    }
    let prefix = if owner.is_empty() {
        "roles/".to_owned()
    } else {
        format!("{owner}/roles/")
    };
    let full = matches!(call.query_value("view"), Some("FULL" | "1"));
    let roles = world
        .roles
        .iter()
        .filter(|role| role.name.starts_with(&prefix) && !role.adopted);
    let roles = roles
        .map(|role| view(role, full, call.wants_enum_numbers()))
        .collect();
    let size = call
        .query_value("pageSize")
        .and_then(|size| size.parse().ok());
    Ok(Reply::json(&page(
        "roles",
        roles,
        size,
        call.query_value("pageToken"),
        300,
    )))
}

fn get(cloud: &Cloud, call: &Call<'_>, owner: &str, name: &str) -> Result<Reply, ApiError> {
    let world = cloud.world();
    if !owner.is_empty() {
        policies::require(&world, cloud, call, owner, "iam.roles.get")?;
    }
    let role = world
        .roles
        .get(name)
        .ok_or_else(|| ApiError::not_found(format!("The role named {name} was not found.")))?;
    Ok(Reply::json(&view(role, true, call.wants_enum_numbers())))
}

pub(super) fn target<'a>(
    world: &'a crate::world::World,
    body: &Value,
) -> Result<&'a Resource, ApiError> {
    let name = body["fullResourceName"].as_str().unwrap_or_default();
    let found = name
        .strip_prefix("//")
        .and_then(|_| world.resources.get(name));
    found.ok_or_else(|| {
        ApiError::bad_field(
            "full_resource_name",
            &format!("The resource name '{name}' is not valid."),
        )
    })
}

/// Whether a role, or a permission, has to do with a resource: everything with a container, else the service's own.
fn concerns(resource: &Resource, permission: &str) -> bool {
    let service = resource.kind.permission_prefix().split('.').next();
    resource.kind.is_container() || permission.split('.').next() == service
}

fn grantable_roles(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let body = policies::body(cloud, call, &fields::ROLE_QUERY)?;
    let world = cloud.world();
    let resource = target(&world, &body)?;
    let lineage: Vec<String> = world
        .resources
        .lineage(&resource.key)
        .iter()
        .map(|above| format!("{}/roles/", above.key))
        .collect();
    let full = body["view"] == json!("FULL") || body["view"] == json!(1);
    let roles = world.roles.iter().filter(|role| {
        let within = role.name.starts_with("roles/")
            || lineage.iter().any(|above| role.name.starts_with(above));
        within
            && !role.adopted
            && role
                .permissions
                .iter()
                .any(|permission| concerns(resource, permission))
    });
    let roles = roles
        .map(|role| view(role, full, call.wants_enum_numbers()))
        .collect();
    let size = body["pageSize"]
        .as_u64()
        .and_then(|size| usize::try_from(size).ok());
    Ok(Reply::json(&page(
        "roles",
        roles,
        size,
        body["pageToken"].as_str(),
        300,
    )))
}

fn lint_policy(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let body = policies::body(cloud, call, &fields::LINT)?;
    let condition: Condition =
        serde_json::from_value(body["condition"].clone()).unwrap_or_default();
    let findings = conditions::lint(&condition, cloud.evaluator());
    let results: Vec<Value> = findings
        .iter()
        .map(conditions::Finding::lint_result)
        .collect();
    Ok(Reply::json(&if results.is_empty() {
        json!({})
    } else {
        json!({ "lintResults": results })
    }))
}
