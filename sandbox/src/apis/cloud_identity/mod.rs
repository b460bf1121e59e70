//! Cloud Identity v1: groups and who is in them, for reading. Whoever may read all groups sees everything; others
//! see the groups that they are in.

mod query;
mod views;

use serde_json::{Value, json};

use self::query::GroupQuery;
use super::paging::page;
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;
use crate::world::World;
use crate::world::directory::{Principal, PrincipalKind};

const SERVICE: &str = "cloudidentity.googleapis.com";

/// The customer that owns the organization (`directoryCustomerId`).
pub(crate) const CUSTOMER: &str = "customers/C00000001";

/// The label that every Google Group has.
const DISCUSSION_FORUM: &str = "cloudidentity.googleapis.com/groups.discussion_forum";

/// Entries of a page when the client names no size, as the discovery document says of these lists.
const USUAL_PAGE: usize = 200;

pub(crate) static ROUTES: &[Route] = &[
    Route::new(SERVICE, "GET", "v1/groups:lookup", "groups.lookup", lookup),
    Route::new(SERVICE, "GET", "v1/groups", "groups.list", list_groups),
    Route::new(SERVICE, "GET", "v1/groups/{}", "groups.get", get),
    Route::new(
        SERVICE,
        "GET",
        "v1/groups/{}/memberships",
        "groups.memberships.list",
        list_memberships,
    ),
    Route::new(
        SERVICE,
        "GET",
        "v1/groups/{}/memberships:searchTransitiveGroups",
        "groups.memberships.searchTransitiveGroups",
        search_transitive_groups,
    ),
    Route::new(
        SERVICE,
        "GET",
        "v1/groups/{}/memberships:searchTransitiveMemberships",
        "groups.memberships.searchTransitiveMemberships",
        search_transitive_memberships,
    ),
];

/// The refusal in Google's words, which are the same for a group that does not exist.
fn denied(name: &str) -> ApiError {
    let message =
        format!("Error(2028): Permission denied for resource {name} (or it may not exist).");
    ApiError::forbidden(message.clone()).with_detail(json!({
        "@type": "type.googleapis.com/google.rpc.ResourceInfo",
        "resourceType": "cloudidentity.googleapis.com/Group",
        "resourceName": name,
        "owner": "domain:cloudidentity.googleapis.com",
        "description": message,
    }))
}

/// The group that the first part of the path names, if the caller may see it.
fn group<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Principal, ApiError> {
    let name = format!("groups/{}", call.parameter(0));
    let found = world
        .directory
        .iter()
        .find(|found| found.kind == PrincipalKind::Group && views::group_name(found) == name);
    found
        .filter(|group| world.directory.may_view(call.caller.email(), &group.email))
        .ok_or_else(|| denied(&name))
}

fn paged(call: &Call<'_>, field: &str, items: Vec<Value>) -> Reply {
    let size = call
        .query_value("pageSize")
        .and_then(|size| size.parse().ok());
    let token = call.query_value("pageToken");
    Reply::json(&page(field, items, size, token, USUAL_PAGE))
}

/// The name of the group with an address. Without the right to read, a group that exists and one that does not
/// look alike.
fn lookup(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let email = call
        .query_value("groupKey.id")
        .or_else(|| call.query_value("groupKey_id"))
        .filter(|email| !email.is_empty())
        .ok_or_else(|| ApiError::bad_field("group_key.id", "The group key is required."))?;
    let world = cloud.world();
    let found = world
        .directory
        .find(email)
        .filter(|found| found.kind == PrincipalKind::Group);
    let caller = call.caller.email();
    match found {
        Some(group) if world.directory.may_view(caller, &group.email) => {
            Ok(Reply::json(&json!({ "name": views::group_name(group) })))
        }
        // [U]: what an administrator is told; everybody else certainly gets the 403.
        None if world.directory.reads_all(caller) => Err(ApiError::not_found(format!(
            "Error(2003): Group {email} was not found."
        ))),
        _ => Err(denied("groups/-")),
    }
}

fn get(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let world = cloud.world();
    Ok(Reply::json(&views::group(group(&world, call)?)))
}

/// The groups of a customer; for administrators.
fn list_groups(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let parent = call.query_value("parent").unwrap_or_default();
    let world = cloud.world();
    if parent != CUSTOMER || !world.directory.reads_all(call.caller.email()) {
        return Err(denied(parent));
    }
    let groups = world
        .directory
        .iter()
        .filter(|found| found.kind == PrincipalKind::Group)
        .map(views::group)
        .collect();
    Ok(paged(call, "groups", groups))
}

fn list_memberships(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let world = cloud.world();
    let group = group(&world, call)?;
    let full = call.query_value("view").is_some_and(|view| view == "FULL");
    let memberships = world
        .directory
        .group_members(&group.email)
        .iter()
        .map(|email| views::membership(group, email, world.directory.find(email), full))
        .collect();
    Ok(paged(call, "memberships", memberships))
}

/// Every group that somebody is in. Each of them must be visible to the caller, else the whole search is refused.
fn search_transitive_groups(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    if call.parameter(0) != "-" {
        return Err(ApiError::bad_field(
            "parent",
            "The parent of a search over all groups must be groups/-.",
        ));
    }
    let query = GroupQuery::parse(call.query_value("query").unwrap_or_default())
        .map_err(|message| ApiError::bad_field("query", &message))?;
    let world = cloud.world();
    let caller = call.caller.email();
    if let Some(parent) = &query.parent
        && (parent != CUSTOMER || !world.directory.reads_all(caller))
    {
        return Err(denied(parent));
    }
    let mut relations = Vec::new();
    for (email, relation) in world.directory.transitive_groups(&query.member) {
        if !world.directory.may_view(caller, &email) {
            return Err(denied("groups/-"));
        }
        if let Some(group) = world.directory.find(&email)
            && query.labels.iter().all(|label| label == DISCUSSION_FORUM)
        {
            relations.push(views::group_relation(group, relation));
        }
    }
    Ok(paged(call, "memberships", relations))
}

/// Everybody and every group in a group, through all groups within it.
fn search_transitive_memberships(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let world = cloud.world();
    let group = group(&world, call)?;
    let relations = world
        .directory
        .transitive_members(&group.email)
        .into_iter()
        .map(|(email, relation)| {
            views::member_relation(&email, world.directory.find(&email), relation)
        })
        .collect();
    Ok(paged(call, "memberships", relations))
}
