//! BigQuery v2 datasets, without tables and data (discovery document bigquery.v2).
//!
//! The policy of the project decides. The `access` list of a dataset is kept and shown, and judges nobody.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::paging::page;
use super::policies;
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::fields::{self, Shape};
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;
use crate::world::World;
use crate::world::datasets::{Dataset, NotAdded};

pub(crate) const SERVICE: &str = "bigquery.googleapis.com";

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        SERVICE,
        "GET",
        "bigquery/v2/projects/{}/datasets",
        "datasets.list",
        list,
    ),
    Route::new(
        SERVICE,
        "POST",
        "bigquery/v2/projects/{}/datasets",
        "datasets.insert",
        insert,
    ),
    Route::new(
        SERVICE,
        "GET",
        "bigquery/v2/projects/{}/datasets/{}",
        "datasets.get",
        get,
    ),
    Route::new(
        SERVICE,
        "DELETE",
        "bigquery/v2/projects/{}/datasets/{}",
        "datasets.delete",
        delete,
    ),
    Route::new(SERVICE, "GET", "$discovery/rest", "discovery", describe).open(),
];

/// What `bq` asks for first where it is pointed at another address than Google's: the methods above, in the form of
/// Google's discovery documents. Its `servicePath` begins at the root: bq joins it to the address that it has from gcloud's
/// setting, which ends with the same path.
const DISCOVERY: &str = include_str!("bigquery.json");

/// What a writer may set. What only Google sets is refused nowhere and kept nowhere.
const DATASET: Shape = Shape::Message(
    "",
    &[
        (
            "datasetReference",
            Shape::Message(
                "",
                &[("projectId", Shape::Text), ("datasetId", Shape::Text)],
            ),
        ),
        ("access", Shape::Any),
        ("creationTime", Shape::Any),
        ("defaultPartitionExpirationMs", Shape::Any),
        ("defaultTableExpirationMs", Shape::Any),
        ("description", Shape::Text),
        ("etag", Shape::Text),
        ("friendlyName", Shape::Text),
        ("id", Shape::Text),
        ("kind", Shape::Text),
        ("labels", Shape::Any),
        ("lastModifiedTime", Shape::Any),
        ("location", Shape::Text),
        ("selfLink", Shape::Text),
    ],
);
/// Those of them that are kept with the dataset.
const KEPT: [&str; 7] = [
    "access",
    "defaultPartitionExpirationMs",
    "defaultTableExpirationMs",
    "description",
    "friendlyName",
    "labels",
    "location",
];
/// Where a dataset is whose maker does not say.
const USUAL_LOCATION: &str = "US";
/// Entries of a page.
const PAGE: usize = 50;
/// Characters of an id.
const LONGEST_ID: usize = 1_024;

fn describe(_cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let host = call.received.host.as_str();
    // Each service has a document of its own at this path, and the others have none here.
    if host.ends_with(".googleapis.com") && host != SERVICE {
        return Err(ApiError::not_found("Method not found."));
    }
    let kind = "application/json; charset=UTF-8";
    Ok(Reply::of_type(kind, DISCOVERY.into()))
}

/// The id of the project, if the caller has the permission on it.
fn project(
    world: &World,
    cloud: &Cloud,
    call: &Call<'_>,
    permission: &str,
) -> Result<String, ApiError> {
    let name = format!("projects/{}", call.parameter(0));
    policies::require(world, cloud, call, &name, permission)?;
    let found = world.resources.get(&name).ok_or_else(ApiError::internal)?;
    Ok(found.short_name().to_owned())
}

fn absent(project: &str, id: &str) -> ApiError {
    ApiError::not_found(format!("Not found: Dataset {project}:{id}"))
}

/// What a list shows of it.
fn entry(dataset: &Dataset) -> Map<String, Value> {
    let (project, id) = (&dataset.project, &dataset.id);
    let mut entry = Map::new();
    entry.insert("kind".to_owned(), json!("bigquery#dataset"));
    entry.insert("id".to_owned(), json!(format!("{project}:{id}")));
    let reference = json!({ "projectId": project, "datasetId": id });
    entry.insert("datasetReference".to_owned(), reference);
    entry.insert("location".to_owned(), json!(USUAL_LOCATION));
    entry.insert("type".to_owned(), json!("DEFAULT"));
    for name in ["friendlyName", "labels", "location"] {
        if let Some(value) = dataset.settings.get(name) {
            entry.insert(name.to_owned(), value.clone());
        }
    }
    entry
}

fn view(dataset: &Dataset) -> Value {
    let (project, id) = (&dataset.project, &dataset.id);
    let created = dataset.created.as_millisecond().to_string();
    let link = format!("https://{SERVICE}/bigquery/v2/projects/{project}/datasets/{id}");
    // Google's own list for a dataset that was made without one.
    let access = json!([
        { "role": "WRITER", "specialGroup": "projectWriters" },
        { "role": "OWNER", "specialGroup": "projectOwners" },
        { "role": "OWNER", "userByEmail": dataset.creator },
        { "role": "READER", "specialGroup": "projectReaders" },
    ]);
    let mut view = entry(dataset);
    view.insert("access".to_owned(), access);
    view.extend(dataset.settings.clone());
    view.insert("etag".to_owned(), json!(format!("{created}=")));
    view.insert("selfLink".to_owned(), json!(link));
    view.insert("creationTime".to_owned(), json!(created));
    view.insert("lastModifiedTime".to_owned(), json!(created));
    Value::Object(view)
}

fn list(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let world = cloud.world();
    let project = project(&world, cloud, call, "bigquery.datasets.get")?;
    let datasets = world.datasets.of_project(&project);
    let datasets = datasets
        .map(|dataset| Value::Object(entry(dataset)))
        .collect();
    let size = call
        .query_value("maxResults")
        .and_then(|size| size.parse().ok());
    let token = call.query_value("pageToken");
    let mut reply = page("datasets", datasets, size, token, PAGE);
    reply["kind"] = json!("bigquery#datasetList");
    reply["etag"] = json!("list=");
    Ok(Reply::json(&reply))
}

fn insert(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let sent = fields::checked(call.received.json_body()?, &DATASET, &BTreeSet::new())?;
    let mut world = cloud.world();
    let project = project(&world, cloud, call, "bigquery.datasets.create")?;
    let id = sent["datasetReference"]["datasetId"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if !is_id(&id) {
        return Err(ApiError::invalid(format!(
            "Invalid dataset ID \"{id}\". Dataset IDs must be alphanumeric (plus underscores) and must be at most \
             {LONGEST_ID} characters long."
        )));
    }
    let Value::Object(mut settings) = sent else {
        return Err(ApiError::internal());
    };
    settings.retain(|name, value| KEPT.contains(&name.as_str()) && !value.is_null());
    let name = format!("{project}:{id}");
    let added = world.datasets.add(Dataset {
        project,
        id,
        creator: call.caller.email().to_owned(),
        created: cloud.now(),
        settings,
    });
    match added {
        Ok(dataset) => Ok(Reply::json(&view(dataset))),
        Err(NotAdded::Exists) => Err(ApiError::already_exists(format!(
            "Already Exists: Dataset {name}"
        ))),
        Err(NotAdded::Full) => Err(ApiError::throttled(None)),
    }
}

fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn get(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let world = cloud.world();
    let project = project(&world, cloud, call, "bigquery.datasets.get")?;
    let id = call.parameter(1);
    let dataset = world.datasets.get(&project, id);
    Ok(Reply::json(&view(
        dataset.ok_or_else(|| absent(&project, id))?,
    )))
}

fn delete(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let mut world = cloud.world();
    let project = project(&world, cloud, call, "bigquery.datasets.delete")?;
    let id = call.parameter(1);
    let removed = world.datasets.remove(&project, id);
    removed.ok_or_else(|| absent(&project, id))?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}
