//! Cloud SQL Admin v1 and v1beta4: what gcloud lists, and what the connectors need to reach a database (discovery
//! documents sqladmin.v1 and sqladmin.v1beta4).

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::paging::page;
use super::policies;
use crate::cloud::Cloud;
use crate::databases::InstanceAuthority;
use crate::http::errors::ApiError;
use crate::http::fields::Shape;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::{Handler, Route};
use crate::world::World;
use crate::world::resources::{Kind, Resource};

const SERVICE: &str = "sqladmin.googleapis.com";
const DATABASE_VERSION: &str = "POSTGRES_16";
/// How long a client's certificate holds, as at Google.
const CERTIFICATE_LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// Certificates that are remembered.
const MOST_CERTIFICATES: usize = 10_000;

const CREATE_EPHEMERAL: Shape = Shape::Message(
    "",
    &[("publicKey", Shape::Text), ("accessToken", Shape::Text)],
);
const GENERATE_EPHEMERAL: Shape = Shape::Message(
    "",
    &[
        ("publicKey", Shape::Text),
        ("accessToken", Shape::Text),
        ("readTime", Shape::Text),
        ("validDuration", Shape::Text),
    ],
);

const fn route(
    method: &'static str,
    template: &'static str,
    operation: &'static str,
    handler: Handler,
) -> Route {
    Route::new(SERVICE, method, template, operation, handler)
}

#[rustfmt::skip]
pub(crate) static ROUTES: &[Route] = &[
    route("GET", "sql/v1beta4/projects/{}/instances", "instances.list", list),
    route("GET", "sql/v1beta4/projects/{}/instances/{}", "instances.get", get),
    route("GET", "sql/v1beta4/projects/{}/instances/{}/connectSettings", "connect.get", connect_settings),
    route("GET", "sql/v1beta4/projects/{}/instances/{}/sslCerts", "sslCerts.list", certificates),
    route("POST", "sql/v1beta4/projects/{}/instances/{}/createEphemeral", "sslCerts.createEphemeral", create_ephemeral),
    route("POST", "sql/v1beta4/projects/{}/instances/{}:generateEphemeralCert", "connect.generateEphemeral", generate_ephemeral),
    route("GET", "v1/projects/{}/instances", "instances.list", list),
    route("GET", "v1/projects/{}/instances/{}", "instances.get", get),
    route("GET", "v1/projects/{}/instances/{}/connectSettings", "connect.get", connect_settings),
    route("GET", "v1/projects/{}/instances/{}/sslCerts", "sslCerts.list", certificates),
    route("POST", "v1/projects/{}/instances/{}/createEphemeral", "sslCerts.createEphemeral", create_ephemeral),
    route("POST", "v1/projects/{}/instances/{}:generateEphemeralCert", "connect.generateEphemeral", generate_ephemeral),
];

fn named(call: &Call<'_>) -> String {
    format!(
        "projects/{}/instances/{}",
        call.parameter(0),
        call.parameter(1)
    )
}

/// The instance, if the caller has the permission on it.
fn instance<'a>(
    world: &'a World,
    cloud: &Cloud,
    call: &Call<'_>,
    permission: &str,
) -> Result<&'a Resource, ApiError> {
    let name = named(call);
    policies::require(world, cloud, call, &name, permission)?;
    let found = world.resources.get(&name);
    found
        .filter(|found| found.kind == Kind::SqlInstance)
        .ok_or_else(|| ApiError::not_found("The Cloud SQL instance does not exist."))
}

fn project(instance: &Resource) -> &str {
    let parent = instance.parent.as_deref().unwrap_or_default();
    parent.strip_prefix("projects/").unwrap_or(parent)
}

fn addresses(world: &World, instance: &Resource) -> Vec<Value> {
    let address = world.endpoints.get(&instance.key);
    address
        .map(|address| json!({ "type": "PRIMARY", "ipAddress": address.ip().to_string() }))
        .into_iter()
        .collect()
}

fn server_ca(world: &World, instance: &Resource) -> Value {
    let authority = world.authorities.get(&instance.key);
    let name = instance.short_name();
    let created = instance.created.to_string();
    let ends = instance.created + SignedDuration::from_hours(24 * 365);
    json!({
        "kind": "sql#sslCert",
        "certSerialNumber": "0",
        "cert": authority.map(InstanceAuthority::ca_pem),
        "commonName": "Daypass sandbox SQL CA",
        "instance": name,
        "createTime": created,
        "expirationTime": ends.to_string(),
    })
}

fn view(world: &World, instance: &Resource) -> Value {
    let (project, name, region) = (project(instance), instance.short_name(), &instance.location);
    json!({
        "kind": "sql#instance",
        "name": name,
        "project": project,
        "region": region,
        "gceZone": format!("{region}-b"),
        "connectionName": format!("{project}:{region}:{name}"),
        "databaseVersion": DATABASE_VERSION,
        "backendType": "SECOND_GEN",
        "instanceType": "CLOUD_SQL_INSTANCE",
        "state": "RUNNABLE",
        "selfLink": format!("https://{SERVICE}/sql/v1beta4/{}", instance.key),
        "createTime": instance.created.to_string(),
        "ipAddresses": addresses(world, instance),
        "serverCaCert": server_ca(world, instance),
        "settings": {
            "kind": "sql#settings",
            "tier": "db-custom-1-3840",
            "settingsVersion": "1",
            "activationPolicy": "ALWAYS",
            "dataDiskSizeGb": "10",
            "availabilityType": "ZONAL",
            "ipConfiguration": { "ipv4Enabled": true },
        },
    })
}

fn list(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let project = format!("projects/{}", call.parameter(0));
    let world = cloud.world();
    policies::require(&world, cloud, call, &project, "cloudsql.instances.list")?;
    let parent = world.resources.key(&project);
    let instances = world
        .resources
        .of_kind(Kind::SqlInstance)
        .filter(|instance| instance.parent == parent);
    let instances = instances.map(|instance| view(&world, instance)).collect();
    let size = call
        .query_value("maxResults")
        .and_then(|size| size.parse().ok());
    let mut reply = page("items", instances, size, call.query_value("pageToken"), 500);
    reply["kind"] = json!("sql#instancesList");
    Ok(Reply::json(&reply))
}

fn get(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let world = cloud.world();
    let instance = instance(&world, cloud, call, "cloudsql.instances.get")?;
    Ok(Reply::json(&view(&world, instance)))
}

fn connect_settings(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let world = cloud.world();
    let instance = instance(&world, cloud, call, "cloudsql.instances.get")?;
    Ok(Reply::json(&json!({
        "kind": "sql#connectSettings",
        "serverCaCert": server_ca(&world, instance),
        "ipAddresses": addresses(&world, instance),
        "region": instance.location,
        "databaseVersion": DATABASE_VERSION,
        "backendType": "SECOND_GEN",
    })))
}

/// There are none but ephemeral ones, which no list shows.
fn certificates(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let world = cloud.world();
    instance(&world, cloud, call, "cloudsql.instances.get")?;
    Ok(Reply::json(&json!({ "kind": "sql#sslCertsList" })))
}

fn create_ephemeral(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    signed(cloud, call, &CREATE_EPHEMERAL).map(|certificate| Reply::json(&certificate))
}

fn generate_ephemeral(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let certificate = signed(cloud, call, &GENERATE_EPHEMERAL)?;
    Ok(Reply::json(&json!({ "ephemeralCert": certificate })))
}

/// Signs the client's key, and remembers for whom.
fn signed(cloud: &Cloud, call: &Call<'_>, shape: &Shape) -> Result<Value, ApiError> {
    let body = policies::body(cloud, call, shape)?;
    let now = cloud.now();
    let mut world = cloud.world();
    let instance = instance(&world, cloud, call, "cloudsql.instances.connect")?;
    let (key, name) = (instance.key.clone(), instance.short_name().to_owned());
    let authority = world.authorities.get(&key).ok_or_else(ApiError::internal)?;
    let public_key = body["publicKey"].as_str().unwrap_or_default();
    let certificate = authority
        .sign(public_key, now, CERTIFICATE_LIFETIME)
        .ok_or_else(|| ApiError::invalid("Invalid public key."))?;
    let member = call.caller.member.clone();
    if world.certificates.len() >= MOST_CERTIFICATES {
        world.certificates.clear();
    }
    world.certificates.insert(certificate.der, member);
    Ok(json!({
        "kind": "sql#sslCert",
        "certSerialNumber": certificate.serial.to_string(),
        "cert": certificate.pem,
        "commonName": "Daypass sandbox SQL client",
        "instance": name,
        "createTime": now.to_string(),
        "expirationTime": (now + CERTIFICATE_LIFETIME).to_string(),
    }))
}
