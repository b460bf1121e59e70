//! Cloud Storage JSON API v1: buckets and their IAM, with GET and PUT where others POST (facts 1.3).

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

const SERVICE: &str = "storage.googleapis.com";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(SERVICE, "GET", "storage/v1/b", "buckets.list", list),
    Route::new(SERVICE, "GET", "storage/v1/b/{}", "buckets.get", get),
    Route::new(
        SERVICE,
        "GET",
        "storage/v1/b/{}/iam",
        "getIamPolicy",
        get_policy,
    ),
    Route::new(
        SERVICE,
        "PUT",
        "storage/v1/b/{}/iam",
        "setIamPolicy",
        set_policy,
    ),
    Route::new(
        SERVICE,
        "GET",
        "storage/v1/b/{}/iam/testPermissions",
        "testIamPermissions",
        test_permissions,
    ),
];

fn named(call: &Call<'_>) -> String {
    format!("buckets/{}", call.parameter(0))
}

fn view(bucket: &Resource, resources: &Resources) -> Value {
    let uniform = bucket.uniform_access;
    let mut access = json!({ "enabled": uniform });
    if uniform {
        access["lockedTime"] = json!(bucket.created.to_string());
    }
    json!({
        "kind": "storage#bucket",
        "id": bucket.short_name(),
        "name": bucket.short_name(),
        "projectNumber": resources.project_of(&bucket.key).map(|project| project.number.clone()),
        "metageneration": "1",
        "location": "EU",
        "locationType": "multi-region",
        "storageClass": "STANDARD",
        "etag": "CAE=",
        "timeCreated": bucket.created.to_string(),
        "updated": bucket.created.to_string(),
        "iamConfiguration": {
            "bucketPolicyOnly": access,
            "uniformBucketLevelAccess": access,
            "publicAccessPrevention": "inherited",
        },
    })
}

fn list(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let project = call
        .query_value("project")
        .ok_or_else(|| ApiError::invalid("Required parameter: project"))?;
    let project = format!("projects/{project}");
    let world = cloud.world();
    policies::require(&world, cloud, call, &project, "storage.buckets.list")?;
    let parent = world.resources.key(&project);
    let buckets = world
        .resources
        .of_kind(Kind::Bucket)
        .filter(|bucket| bucket.parent == parent);
    let items = buckets
        .map(|bucket| view(bucket, &world.resources))
        .collect();
    let size = call
        .query_value("maxResults")
        .and_then(|size| size.parse().ok());
    let mut reply = page("items", items, size, call.query_value("pageToken"), 1_000);
    reply["kind"] = json!("storage#buckets");
    Ok(Reply::json(&reply))
}

fn get(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let name = named(call);
    let world = cloud.world();
    policies::require(&world, cloud, call, &name, "storage.buckets.get")?;
    let bucket = world.resources.get(&name).ok_or_else(ApiError::internal)?;
    Ok(Reply::json(&view(bucket, &world.resources)))
}

/// A bucket's policy says what it is and whose.
fn labelled(mut policy: Value, name: &str) -> Reply {
    policy["kind"] = json!("storage#policy");
    policy["resourceId"] = json!(format!("projects/_/{name}"));
    Reply::json(&policy)
}

fn get_policy(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let name = named(call);
    policies::get(cloud, call, &name).map(|policy| labelled(policy, &name))
}

fn set_policy(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let name = named(call);
    let policy = policies::body(cloud, call, &fields::STORAGE_POLICY)?;
    policies::set(cloud, call, &name, policy, None).map(|policy| labelled(policy, &name))
}

fn test_permissions(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let name = named(call);
    if cloud.world().resources.get(&name).is_none() {
        return Err(ApiError::not_found("The specified bucket does not exist."));
    }
    let asked: Vec<String> = call
        .query
        .iter()
        .filter(|(key, _)| key == "permissions")
        .map(|(_, value)| value.clone())
        .collect();
    super::testable_permissions::must_be_testable(&asked)?;
    let granted = policies::test(cloud, call, &name, &asked)?;
    let mut reply = json!({ "kind": "storage#testIamPermissionsResponse" });
    if !granted.is_empty() {
        reply["permissions"] = json!(granted);
    }
    Ok(Reply::json(&reply))
}
