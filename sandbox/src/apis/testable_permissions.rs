//! IAM v1 `permissions:queryTestablePermissions`: what may be asked for with testIamPermissions on a resource
//! (facts 1.9).

use serde_json::{Value, json};

use super::paging::page;
use super::{policies, roles};
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::fields::Shape;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;
use crate::world::resources::Resource;

pub(crate) static ROUTES: &[Route] = &[Route::new(
    "iam.googleapis.com",
    "POST",
    "v1/permissions:queryTestablePermissions",
    "permissions.queryTestablePermissions",
    query,
)];

/// The body, after the discovery document: unlike `queryGrantableRoles` it takes no view.
const QUERY: Shape = Shape::Message(
    "",
    &[
        ("fullResourceName", Shape::Text),
        ("pageSize", Shape::Number),
        ("pageToken", Shape::Text),
    ],
);

/// Permissions of a page, if the caller does not say.
const DEFAULT_PAGE: usize = 100;

/// Offered for buckets and Compute Engine's resources, and refused there when they are tested (facts, five systems, 1.3).
const TAG_BINDINGS: [&str; 3] = [
    "resourcemanager.resourceTagBindings.create",
    "resourcemanager.resourceTagBindings.delete",
    "resourcemanager.resourceTagBindings.list",
];

/// The services that offer what they refuse.
const OFFER_TAG_BINDINGS: [&str; 2] = ["storage.googleapis.com", "compute.googleapis.com"];

/// Fails as Cloud Storage and Compute Engine do when they are asked for a permission that is not theirs.
pub(super) fn must_be_testable(asked: &[String]) -> Result<(), ApiError> {
    match asked
        .iter()
        .find(|one| TAG_BINDINGS.contains(&one.as_str()))
    {
        None => Ok(()),
        Some(permission) => Err(ApiError::bad_field(
            "permissions",
            &format!("Permission {permission} is not valid for this resource."),
        )),
    }
}

fn query(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let body = policies::body(cloud, call, &QUERY)?;
    let token = page_token(&body)?;
    let size = page_size(&body)?.min(cloud.largest_page().unwrap_or(usize::MAX));
    let world = cloud.world();
    let resource = roles::target(&world, &body)?;
    let mut names: Vec<&str> = world
        .roles
        .permissions()
        .map(String::as_str)
        .filter(|permission| is_testable(resource, permission))
        .collect();
    if OFFER_TAG_BINDINGS.contains(&resource.kind.service()) {
        names.extend(TAG_BINDINGS);
    }
    let stage = if call.wants_enum_numbers() {
        json!(2)
    } else {
        json!("GA")
    };
    let permissions = names
        .into_iter()
        .map(|name| json!({ "name": name, "stage": stage }))
        .collect();
    Ok(Reply::json(&page(
        "permissions",
        permissions,
        Some(size),
        token,
        DEFAULT_PAGE,
    )))
}

fn page_token(body: &Value) -> Result<Option<&str>, ApiError> {
    let token = body["pageToken"].as_str().filter(|token| !token.is_empty());
    let ours = |token: &str| {
        token
            .strip_prefix("page-")
            .is_some_and(|at| at.parse::<usize>().is_ok())
    };
    match token {
        Some(token) if !ours(token) => Err(ApiError::bad_field(
            "page_token",
            "The page token is not valid.",
        )),
        token => Ok(token),
    }
}

fn page_size(body: &Value) -> Result<usize, ApiError> {
    match body["pageSize"].as_i64().unwrap_or(0) {
        0 => Ok(DEFAULT_PAGE),
        size => usize::try_from(size)
            .map_err(|_| ApiError::bad_field("page_size", "The page size must not be negative.")),
    }
}

/// Whether a permission can be held on the resource itself: what belongs to its kind or to what is inside of it.
/// Making one, and listing all, are rights on the project or the folder around it.
fn is_testable(resource: &Resource, permission: &str) -> bool {
    let Some((kind, verb)) = permission.rsplit_once('.') else {
        return false;
    };
    let own = resource.kind.permission_prefix();
    let of_container = match own {
        "resourcemanager.organizations" => kind != "billing.accounts",
        "resourcemanager.folders" => {
            !["billing.accounts", "resourcemanager.organizations"].contains(&kind)
        }
        "resourcemanager.projects" => ![
            "billing.accounts",
            "resourcemanager.organizations",
            "resourcemanager.folders",
        ]
        .contains(&kind),
        _ => false,
    };
    // A project has no projects in it, while a folder and an organization do.
    let holds_its_kind = matches!(
        own,
        "resourcemanager.organizations" | "resourcemanager.folders"
    );
    if kind == own && !holds_its_kind {
        return !["create", "list"].contains(&verb);
    }
    of_container || kind == own || inside(own).contains(&kind)
}

/// The kinds inside of a resource that have no policy of their own, or inherit its.
fn inside(own: &str) -> &'static [&'static str] {
    match own {
        "storage.buckets" => &["storage.objects", "storage.managedFolders"],
        "secretmanager.secrets" => &["secretmanager.versions"],
        "iam.serviceAccounts" => &["iam.serviceAccountKeys"],
        _ => &[],
    }
}
