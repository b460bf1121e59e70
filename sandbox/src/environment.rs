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
const ROOT_ENDPOINTS: [&str; 12] = [
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
];

/// The variables for one of the sandbox's people, as `NAME, value` pairs. Files with tokens are written into
/// `directory`, which becomes private. The sandbox may be another process: this talks HTTP to `base_url`.
pub async fn environment(
    base_url: &str,
    person: &str,
    directory: &Path,
) -> Result<Vec<(String, String)>, Error> {
    let secrets = fetch(base_url, person).await?;
    let text = |name: &str| secrets[name].as_str().unwrap_or_default().to_owned();
    let base = base_url.trim_end_matches('/');
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
        "token_url": format!("{base}/v1/token"),
        "token_info_url": format!("{base}/v1/introspect"),
        "credential_source": { "file": subject_file.display().to_string() },
    });
    write_private(&credentials, &contents.to_string())?;
    let path = |path: &Path| path.display().to_string();
    let mut variables = vec![
        ("DAYPASS_SANDBOX".to_owned(), base.to_owned()),
        ("CLOUDSDK_CONFIG".to_owned(), path(&gcloud)),
        (
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE".to_owned(),
            path(&token_file),
        ),
        ("CLOUDSDK_CORE_PROJECT".to_owned(), "acme-prod".to_owned()),
        ("CLOUDSDK_CORE_DISABLE_PROMPTS".to_owned(), "1".to_owned()),
        (
            "CLOUDSDK_CORE_CHECK_GCE_METADATA".to_owned(),
            "false".to_owned(),
        ),
        (
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING".to_owned(),
            "true".to_owned(),
        ),
        (
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK".to_owned(),
            "true".to_owned(),
        ),
        (
            "GOOGLE_APPLICATION_CREDENTIALS".to_owned(),
            path(&credentials),
        ),
        ("GOOGLE_CLOUD_PROJECT".to_owned(), "acme-prod".to_owned()),
        ("STORAGE_EMULATOR_HOST".to_owned(), base.to_owned()),
        (
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE".to_owned(),
            format!("{base}/storage/v1/"),
        ),
    ];
    for service in ROOT_ENDPOINTS {
        variables.push((
            format!("CLOUDSDK_API_ENDPOINT_OVERRIDES_{service}"),
            format!("{base}/"),
        ));
    }
    Ok(variables)
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
