//! The environment that points gcloud, Google's libraries and Daypass at a sandbox.

use std::fs::{OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use axum::body::{Body, to_bytes};
use http::Request;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use url::Url;

use crate::error::Error;

/// A credential file needs the audience of some provider; the sandbox looks at the subject token alone.
const AUDIENCE: &str =
    "//iam.googleapis.com/locations/global/workforcePools/sandbox/providers/sandbox";
/// gcloud's services whose endpoint is the bare root; the last segment of a variable's name.
const ROOT_ENDPOINTS: [&str; 14] = [
    "CLOUDRESOURCEMANAGER",
    "IAM",
    "IAMCREDENTIALS",
    "PUBSUB",
    "SECRETMANAGER",
    "LOGGING",
    "CLOUDASSET",
    "CLOUDIDENTITY",
    "CLOUDKMS",
    "POLICYTROUBLESHOOTER",
    "PRIVILEGEDACCESSMANAGER",
    "RECOMMENDER",
    "CONTAINER",
    "SQL",
];
/// gcloud's services whose endpoint has a path.
const PATH_ENDPOINTS: [(&str, &str); 3] = [
    ("STORAGE", "storage/v1/"),
    ("COMPUTE", "compute/v1/"),
    ("BIGQUERY", "bigquery/v2/"),
];

/// Where distributions keep the authorities that they trust.
const SYSTEM_ROOTS: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];
/// Every variable by which some client finds its authorities.
const ROOT_VARIABLES: [&str; 6] = [
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
];

/// The variables for one of the sandbox's people, as `NAME, value` pairs: endpoints of the sandbox for clients that
/// take them from the environment. Files with tokens are written into `directory`, which becomes private. The
/// sandbox may be another process: this talks HTTP to `base_url`.
pub async fn environment(
    base_url: &str,
    person: &str,
    directory: &Path,
) -> Result<Vec<(String, String)>, Error> {
    let secrets = fetch(base_url, person).await?;
    let base = base_url.trim_end_matches('/');
    let mut variables = common(base, base, &secrets, directory)?;
    variables.push(("STORAGE_EMULATOR_HOST".to_owned(), base.to_owned()));
    let roots = ROOT_ENDPOINTS.map(|service| (service, ""));
    for (service, path) in PATH_ENDPOINTS.into_iter().chain(roots) {
        let name = format!("CLOUDSDK_API_ENDPOINT_OVERRIDES_{service}");
        variables.push((name, format!("{base}/{path}")));
    }
    Ok(variables)
}

/// The same for clients with hard-coded addresses: a proxy that answers for Google's hosts, and its authority beside
/// those of the system. These variables take over a whole shell; no other host is reachable through the proxy.
pub async fn tunnel_environment(
    base_url: &str,
    person: &str,
    directory: &Path,
) -> Result<Vec<(String, String)>, Error> {
    let secrets = fetch(base_url, person).await?;
    let base = base_url.trim_end_matches('/');
    let (Some(tunnel), Some(authority)) =
        (secrets["tunnel_url"].as_str(), secrets["ca_pem"].as_str())
    else {
        return Err(Error::Invalid(
            "this sandbox has no tunnel; start it with one".to_owned(),
        ));
    };
    let mut variables = common(base, "https://sts.googleapis.com", &secrets, directory)?;
    let system = SYSTEM_ROOTS
        .iter()
        .find_map(|path| std::fs::read_to_string(path).ok());
    let bundle = directory.join("authorities.pem");
    write_private(
        &bundle,
        &format!("{authority}\n{}", system.unwrap_or_default()),
    )?;
    for name in ["HTTPS_PROXY", "https_proxy"] {
        variables.push((name.to_owned(), tunnel.to_owned()));
    }
    for name in ["NO_PROXY", "no_proxy"] {
        variables.push((name.to_owned(), "127.0.0.1,localhost,::1".to_owned()));
    }
    for name in ROOT_VARIABLES {
        variables.push((name.to_owned(), bundle.display().to_string()));
    }
    Ok(variables)
}

/// What both ways share: gcloud's own folder, and the person's credentials in files.
fn common(
    base: &str,
    token_host: &str,
    secrets: &Value,
    directory: &Path,
) -> Result<Vec<(String, String)>, Error> {
    let text = |name: &str| secrets[name].as_str().unwrap_or_default().to_owned();
    private_folder(directory)?;
    let gcloud = directory.join("gcloud");
    private_folder(&gcloud)?;
    let token_file = directory.join("access-token");
    write_private(&token_file, &text("access_token"))?;
    let subject_file = directory.join("subject-token");
    write_private(&subject_file, &text("subject_token"))?;
    let credentials = directory.join("credentials.json");
    let contents = json!({
        "universe_domain": "googleapis.com",
        "type": "external_account",
        "audience": AUDIENCE,
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "token_url": format!("{token_host}/v1/token"),
        "token_info_url": format!("{token_host}/v1/introspect"),
        "credential_source": { "file": subject_file.display().to_string() },
    });
    write_private(&credentials, &contents.to_string())?;
    let path = |path: &Path| path.display().to_string();
    let variables = [
        ("DAYPASS_SANDBOX", base.to_owned()),
        ("CLOUDSDK_CONFIG", path(&gcloud)),
        ("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", path(&token_file)),
        ("CLOUDSDK_CORE_DISABLE_PROMPTS", "1".to_owned()),
        ("CLOUDSDK_CORE_CHECK_GCE_METADATA", "false".to_owned()),
        ("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "true".to_owned()),
        (
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK",
            "true".to_owned(),
        ),
        ("GOOGLE_APPLICATION_CREDENTIALS", path(&credentials)),
    ];
    // An organisation may have no project yet.
    let project = secrets["project"].as_str();
    let of_project = ["CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT"]
        .into_iter()
        .filter_map(|name| Some((name, project?.to_owned())));
    Ok(variables
        .into_iter()
        .chain(of_project)
        .map(|(name, value)| (name.to_owned(), value))
        .collect())
}

/// What the control API tells about the person.
async fn fetch(base_url: &str, person: &str) -> Result<Value, Error> {
    let unreachable = |reason: String| Error::Unreachable {
        base_url: base_url.to_owned(),
        reason,
    };
    let url = Url::parse(base_url).map_err(|error| unreachable(error.to_string()))?;
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(unreachable("the address has no host".to_owned()));
    };
    let stream = TcpStream::connect((host, port))
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    let driver = tokio::spawn(connection);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("as", person)
        .finish();
    let request = Request::get(format!("/sandbox/environment?{query}"))
        .header(http::header::HOST, format!("{host}:{port}"))
        .body(Body::empty())
        .map_err(|error| unreachable(error.to_string()))?;
    let response = sender
        .send_request(request)
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    let status = response.status();
    let bytes = to_bytes(Body::new(response.into_body()), 1024 * 1024)
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    driver.abort();
    let reply: Value = serde_json::from_slice(&bytes)
        .map_err(|_| unreachable("the reply is not JSON".to_owned()))?;
    if status.is_success() {
        Ok(reply)
    } else {
        Err(Error::Invalid(
            reply["error"]
                .as_str()
                .unwrap_or("the sandbox refused")
                .to_owned(),
        ))
    }
}

fn private_folder(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::File {
        path: path.to_owned(),
        source,
    };
    std::fs::create_dir_all(path).map_err(failed)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(failed)
}

fn write_private(path: &Path, contents: &str) -> Result<(), Error> {
    let failed = |source| Error::File {
        path: path.to_owned(),
        source,
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    file.set_permissions(Permissions::from_mode(0o600))
        .map_err(failed)?;
    file.write_all(contents.as_bytes()).map_err(failed)
}
