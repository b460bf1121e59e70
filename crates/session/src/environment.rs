//! The environment inside a session: the user's own, without whom it acts as, and with where the session's token is.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use daypass_core::reason::RequestReason;

use crate::variables::Variables;

/// The session's id, in every process of it. Nested programs can tell that they are in a session, and the warden finds
/// those that are left.
pub const SESSION: &str = "DAYPASS_SESSION";
/// The session's private folder.
pub const FOLDER: &str = "DAYPASS_SESSION_FOLDER";
/// The service account.
pub const ACCOUNT: &str = "DAYPASS_SESSION_ACCOUNT";

/// Prefixes of variables that say whom a Google client acts as or where it goes, or that load foreign code into it
/// (finding 13).
const DROPPED_PREFIXES: [&str; 6] = [
    "GCE_METADATA_",
    "GOOGLE_",
    "CLOUDSDK_AUTH_",
    "CLOUDSDK_PROXY_",
    "BOTO_",
    "DAYPASS_SESSION",
];

/// Single variables of that kind.
const DROPPED: [&str; 12] = [
    "CLOUDSDK_CONFIG",
    "CLOUDSDK_ACTIVE_CONFIG_NAME",
    "CLOUDSDK_CORE_ACCOUNT",
    "CLOUDSDK_CORE_REQUEST_REASON",
    "CLOUDSDK_CORE_PASS_CREDENTIALS_TO_GSUTIL",
    "AWS_CREDENTIAL_FILE",
    "KUBECONFIG",
    "KUBE_CONFIG_PATH",
    "KUBE_CONFIG_PATHS",
    "KUBE_TOKEN",
    "LD_PRELOAD",
    // With it, Google's storage clients send no credentials at all.
    "STORAGE_EMULATOR_HOST",
];

/// Prefix of variables that send gcloud's requests, and with them the token, to another address. Inside a sandbox's
/// environment they lead to the sandbox.
const ENDPOINT_OVERRIDES: &str = "CLOUDSDK_API_ENDPOINT_OVERRIDES_";

/// The domain that an overridden endpoint may stay in.
const GOOGLES: &str = ".googleapis.com";

/// What the environment names.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    pub(crate) id: &'a str,
    pub(crate) account: &'a str,
    pub(crate) reason: &'a RequestReason,
    pub(crate) folder: &'a Path,
    pub(crate) token: &'a Path,
    pub(crate) gcloud: &'a Path,
    pub(crate) credentials: &'a Path,
    pub(crate) kubeconfig: &'a Path,
    pub(crate) boto: &'a Path,
    pub(crate) project: Option<String>,
    /// Where the metadata server is, if there is one.
    pub(crate) metadata: Option<String>,
    /// Whether the session is one of an emulated cloud.
    pub(crate) is_sandbox: bool,
}

/// The environment of the programs inside. No variable holds a token.
pub(crate) fn inside(inherited: &Variables, places: &Places<'_>) -> Variables {
    let mut variables = inherited.clone();
    variables.retain(|name, value| keeps(name, value, places.is_sandbox));
    let mut path = |name: &str, path: &Path| variables.set(name, path);
    path(FOLDER, places.folder);
    path("CLOUDSDK_CONFIG", places.gcloud);
    path("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", places.token);
    path("GOOGLE_APPLICATION_CREDENTIALS", places.credentials);
    path("KUBECONFIG", places.kubeconfig);
    // Terraform's Kubernetes and Helm providers read this one instead.
    path("KUBE_CONFIG_PATH", places.kubeconfig);
    path("BOTO_CONFIG", places.boto);
    variables.set(SESSION, places.id);
    variables.set(ACCOUNT, places.account);
    variables.set("CLOUDSDK_CORE_REQUEST_REASON", places.reason.as_str());
    // On a machine of Google's own, the metadata server would offer the machine's account.
    variables.set("CLOUDSDK_CORE_CHECK_GCE_METADATA", "false");
    if let Some(host) = &places.metadata {
        // Python asks the one to see whether there is a server, and the other for everything else.
        variables.set("GCE_METADATA_HOST", host);
        variables.set("GCE_METADATA_IP", host);
        variables.set("GCE_METADATA_ROOT", host);
    }
    if let Some(project) = &places.project {
        variables.set("CLOUDSDK_CORE_PROJECT", project);
        variables.set("GOOGLE_CLOUD_PROJECT", project);
    }
    variables
}

fn keeps(name: &str, value: &OsStr, is_sandbox: bool) -> bool {
    if name.starts_with(ENDPOINT_OVERRIDES) {
        return is_sandbox || value.to_str().is_some_and(is_at_google);
    }
    !DROPPED.contains(&name)
        && !DROPPED_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

fn is_at_google(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| {
        url.scheme() == "https"
            && url.username().is_empty()
            && url.host_str().is_some_and(|host| host.ends_with(GOOGLES))
    })
}

/// The project that tools work on inside: the one asked for, else the one that they worked on outside.
pub(crate) fn project(asked: Option<&str>, inherited: &Variables) -> Option<String> {
    asked
        .or_else(|| inherited.text("CLOUDSDK_CORE_PROJECT"))
        .or_else(|| inherited.text("GOOGLE_CLOUD_PROJECT"))
        .map(str::to_owned)
}

/// Where the session's folder is, seen from inside; none outside of a session.
pub fn of_this_session(variables: &Variables) -> Option<PathBuf> {
    variables.get(SESSION)?;
    variables.folder(FOLDER)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use daypass_core::ids::GrantId;

    use super::*;

    fn inside_of(outside: &[(&str, &str)], is_sandbox: bool) -> Variables {
        let reason = RequestReason::of_session(
            "06h32yey01rg3081040g208104".parse::<GrantId>().unwrap(),
            "why",
        );
        let places = Places {
            id: "s1",
            account: "deployer@acme.iam.gserviceaccount.com",
            reason: &reason,
            folder: Path::new("/run/s1"),
            token: Path::new("/proc/7/fd/9"),
            gcloud: Path::new("/run/s1/gcloud"),
            credentials: Path::new("/run/s1/credentials.json"),
            kubeconfig: Path::new("/run/s1/kubeconfig"),
            boto: Path::new("/run/s1/boto"),
            project: project(None, &outside.iter().copied().collect()),
            metadata: None,
            is_sandbox,
        };
        inside(&outside.iter().copied().collect(), &places)
    }

    #[test]
    fn whom_one_was_outside_stays_outside() {
        let outside = [
            ("PATH", "/bin"),
            ("AWS_PROFILE", "work"),
            ("GOOGLE_APPLICATION_CREDENTIALS", "/home/alice/key.json"),
            ("GOOGLE_OAUTH_ACCESS_TOKEN", "canary"),
            ("GOOGLE_CLOUD_PROJECT", "acme"),
            (
                "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT",
                "owner@acme.iam.gserviceaccount.com",
            ),
            ("CLOUDSDK_CONFIG", "/home/alice/.config/gcloud"),
            ("CLOUDSDK_CORE_ACCOUNT", "alice@example.com"),
            ("CLOUDSDK_COMPUTE_REGION", "europe-west1"),
            (
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE",
                "https://evil.example/",
            ),
            (
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB",
                "https://europe-west1-pubsub.googleapis.com/",
            ),
            (
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM",
                "https://googleapis.com.evil.example/",
            ),
            ("BOTO_CONFIG", "/home/alice/.boto"),
            ("LD_PRELOAD", "/tmp/x.so"),
            ("KUBECONFIG", "/home/alice/.kube/config"),
            ("DAYPASS_SESSION", "outer"),
        ];
        let inside = inside_of(&outside, false);
        let text: Vec<String> = inside
            .iter()
            .map(|(name, value)| format!("{}={}", name.display(), value.display()))
            .collect();
        assert_eq!(
            text,
            [
                "AWS_PROFILE=work",
                "BOTO_CONFIG=/run/s1/boto",
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB=https://europe-west1-pubsub.googleapis.com/",
                "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE=/proc/7/fd/9",
                "CLOUDSDK_COMPUTE_REGION=europe-west1",
                "CLOUDSDK_CONFIG=/run/s1/gcloud",
                "CLOUDSDK_CORE_CHECK_GCE_METADATA=false",
                "CLOUDSDK_CORE_PROJECT=acme",
                "CLOUDSDK_CORE_REQUEST_REASON=daypass 06h32yey01rg3081040g208104: why",
                "DAYPASS_SESSION=s1",
                "DAYPASS_SESSION_ACCOUNT=deployer@acme.iam.gserviceaccount.com",
                "DAYPASS_SESSION_FOLDER=/run/s1",
                "GOOGLE_APPLICATION_CREDENTIALS=/run/s1/credentials.json",
                "GOOGLE_CLOUD_PROJECT=acme",
                "KUBECONFIG=/run/s1/kubeconfig",
                "KUBE_CONFIG_PATH=/run/s1/kubeconfig",
                "PATH=/bin",
            ]
        );
    }

    #[test]
    fn a_sandboxs_endpoints_stay_in_its_sessions() {
        let outside = [("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM", "http://127.0.0.1:9/")];
        assert!(inside_of(&outside, true).text(outside[0].0).is_some());
        assert!(inside_of(&outside, false).text(outside[0].0).is_none());
    }
}
