//! A private kubeconfig: the user's GKE clusters, with the session's token in place of the user's credentials.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::error::SessionError;
use crate::plain_file;
use crate::variables::Variables;

/// The version of the plugin protocol that kubectl from 1.22 on speaks
/// (<https://kubernetes.io/docs/reference/config-api/client-authentication.v1/>).
pub const EXEC_API: &str = "client.authentication.k8s.io/v1";

/// The name of the one user inside.
const USER: &str = "daypass-session";

/// The name of the file with a cluster's authority.
const AUTHORITY: &str = "certificate-authority";

/// The largest kubeconfig that is read, in bytes: thousands of clusters.
const LARGEST: u64 = 8 << 20;

/// The kubeconfig of a session as JSON, which is YAML too.
///
/// Only clusters that the user reaches with Google's credentials are taken over: to any other the session's token would
/// be given away, and what opens it is not copied either. `plugin` is the command that prints the credential.
pub(crate) fn for_session(inherited: &Variables, plugin: &[String]) -> Result<Value, SessionError> {
    let mut merged = Merged::default();
    for path in files(inherited) {
        let text = match plain_file::read(&path, LARGEST) {
            Ok((text, _)) => text,
            Err(error) => match error.kind() {
                // kubectl leaves out files that do not exist.
                ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidInput => {
                    continue;
                }
                ErrorKind::FileTooLarge | ErrorKind::InvalidData => {
                    let why = error.to_string();
                    return Err(SessionError::Kubeconfig { path, why });
                }
                _ => return Err(SessionError::file("read", &path)(error)),
            },
        };
        let mut document: Value =
            serde_saphyr::from_str(&text).map_err(|error| SessionError::Kubeconfig {
                path: path.clone(),
                // The words of the parser may quote the file, which holds secrets.
                why: error.location().map_or_else(
                    || "it is not YAML".to_owned(),
                    |place| format!("it is not YAML (line {})", place.line()),
                ),
            })?;
        make_absolute(&mut document, &path)?;
        merged.add(&document);
    }
    Ok(merged.into_session(plugin))
}

/// Paths in a kubeconfig begin at its folder, which is another one than that of the session's. Of those that come along
/// there is one: the file with the authority of a cluster.
fn make_absolute(document: &mut Value, file: &Path) -> Result<(), SessionError> {
    let clusters = document.get_mut("clusters").and_then(Value::as_array_mut);
    let entries = clusters.into_iter().flatten();
    for authority in entries.filter_map(|one| one.get_mut("cluster")?.get_mut(AUTHORITY)) {
        let Some(path) = authority.as_str().filter(|path| !path.is_empty()) else {
            continue;
        };
        let beside = std::path::absolute(file.with_file_name(path));
        let beside = beside.map_err(SessionError::file("find", file))?;
        let Some(text) = beside.to_str() else {
            return Err(SessionError::Kubeconfig {
                path: file.to_owned(),
                why: format!("{AUTHORITY} is relative to a folder whose name is not UTF-8"),
            });
        };
        *authority = json!(text);
    }
    Ok(())
}

/// The hosts of the clusters in a session's kubeconfig.
pub(crate) fn hosts(config: &Value) -> Vec<String> {
    let clusters = config["clusters"].as_array().into_iter().flatten();
    clusters
        .filter_map(|one| {
            url::Url::parse(one["cluster"]["server"].as_str()?)
                .ok()?
                .host_str()
                .map(str::to_owned)
        })
        .collect()
}

/// The servers of the clusters in a kubeconfig as it is now, which is YAML or JSON; none in one that cannot be read.
pub(crate) fn servers(file: &Path) -> Vec<String> {
    let config: Value = plain_file::read(file, LARGEST)
        .ok()
        .and_then(|(text, _)| serde_saphyr::from_str(&text).ok())
        .unwrap_or_default();
    let clusters = config["clusters"].as_array().into_iter().flatten();
    clusters
        .filter_map(|one| one["cluster"]["server"].as_str().map(str::to_owned))
        .collect()
}

/// The user's files, in the order in which kubectl merges them.
fn files(inherited: &Variables) -> Vec<PathBuf> {
    match inherited.get("KUBECONFIG") {
        Some(list) => std::env::split_paths(list)
            .filter(|path| !path.as_os_str().is_empty())
            .collect(),
        None => inherited
            .folder("HOME")
            .map(|home| home.join(".kube/config"))
            .into_iter()
            .collect(),
    }
}

/// What several files say together: of each name the first counts.
#[derive(Default)]
struct Merged {
    clusters: Map<String, Value>,
    users: Map<String, Value>,
    contexts: Map<String, Value>,
    current: Option<String>,
}

impl Merged {
    fn add(&mut self, document: &Value) {
        for (list, key, into) in [
            ("clusters", "cluster", &mut self.clusters),
            ("users", "user", &mut self.users),
            ("contexts", "context", &mut self.contexts),
        ] {
            for entry in document[list].as_array().into_iter().flatten() {
                if let Some(name) = entry["name"].as_str()
                    && !into.contains_key(name)
                {
                    into.insert(name.to_owned(), entry[key].clone());
                }
            }
        }
        let current = document["current-context"]
            .as_str()
            .filter(|name| !name.is_empty());
        if self.current.is_none() {
            self.current = current.map(str::to_owned);
        }
    }

    fn into_session(self, plugin: &[String]) -> Value {
        let mut clusters = Vec::new();
        let mut contexts = Vec::new();
        for (name, context) in &self.contexts {
            let user = context["user"]
                .as_str()
                .and_then(|user| self.users.get(user));
            let cluster = context["cluster"].as_str();
            let (true, Some(cluster)) = (user.is_some_and(is_googles), cluster) else {
                continue;
            };
            let Some(reached) = self.clusters.get(cluster).filter(|one| is_https(one)) else {
                continue;
            };
            if clusters.iter().all(|one: &Value| one["name"] != cluster) {
                clusters.push(json!({ "name": cluster, "cluster": reached }));
            }
            let mut context = context.clone();
            context["user"] = json!(USER);
            contexts.push(json!({ "name": name, "context": context }));
        }
        let current = self
            .current
            .filter(|current| contexts.iter().any(|one| one["name"] == current.as_str()));
        let (command, arguments) = plugin
            .split_first()
            .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "preferences": {},
            "clusters": clusters,
            "contexts": contexts,
            "current-context": current.unwrap_or_default(),
            "users": [{
                "name": USER,
                "user": { "exec": {
                    "apiVersion": EXEC_API,
                    "command": command,
                    "args": arguments,
                    "interactiveMode": "Never",
                    "provideClusterInfo": false,
                } },
            }],
        })
    }
}

/// Whether these credentials are Google's: the plugin of GKE, or the provider that was built into kubectl before it.
fn is_googles(user: &Value) -> bool {
    let plugin = user["exec"]["command"].as_str().unwrap_or_default();
    let file = plugin.rsplit('/').next().unwrap_or_default();
    file == "gke-gcloud-auth-plugin" || user["auth-provider"]["name"] == "gcp"
}

/// Whether the API server is reached over TLS that is verified: nothing else gets the token.
fn is_https(cluster: &Value) -> bool {
    let server = cluster["server"].as_str().unwrap_or_default();
    server.starts_with("https://") && cluster["insecure-skip-tls-verify"] != true
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const CONFIG: &str = r"
apiVersion: v1
kind: Config
current-context: gke_acme_europe-west1_main
clusters:
- name: gke_acme_europe-west1_main
  cluster: {server: 'https://10.0.0.1', certificate-authority-data: QQ==}
- name: kind
  cluster: {server: 'https://127.0.0.1:6443'}
- name: open
  cluster: {server: 'http://10.0.0.2'}
- name: unverified
  cluster: {server: 'https://10.0.0.3', insecure-skip-tls-verify: true}
users:
- name: gke
  user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: /usr/lib/gke-gcloud-auth-plugin}}
- name: old
  user: {auth-provider: {name: gcp, config: {access-token: canary-1}}}
- name: kind
  user: {client-key-data: canary-2, token: canary-3}
contexts:
- name: gke_acme_europe-west1_main
  context: {cluster: gke_acme_europe-west1_main, user: gke, namespace: shop}
- name: old
  context: {cluster: gke_acme_europe-west1_main, user: old}
- name: kind
  context: {cluster: kind, user: kind}
- name: open
  context: {cluster: open, user: gke}
- name: unverified
  context: {cluster: unverified, user: gke}
- name: nowhere
  context: {cluster: gone, user: gke}
";

    fn merged(texts: &[&str]) -> Value {
        let mut merged = Merged::default();
        for text in texts {
            merged.add(&serde_saphyr::from_str(text).unwrap());
        }
        merged.into_session(&["/usr/bin/daypass".into(), "credentials".into()])
    }

    #[test]
    fn only_googles_clusters_come_along_and_no_credentials() {
        let config = merged(&[CONFIG]);
        let names = |list: &str| -> Vec<&str> {
            config[list]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["name"].as_str().unwrap())
                .collect()
        };
        assert_eq!(names("contexts"), ["gke_acme_europe-west1_main", "old"]);
        assert_eq!(names("clusters"), ["gke_acme_europe-west1_main"]);
        assert_eq!(names("users"), [USER]);
        assert_eq!(config["current-context"], "gke_acme_europe-west1_main");
        assert_eq!(config["contexts"][0]["context"]["namespace"], "shop");
        assert_eq!(config["contexts"][1]["context"]["user"], USER);
        let exec = &config["users"][0]["user"]["exec"];
        assert_eq!(
            (&exec["command"], &exec["args"]),
            (&json!("/usr/bin/daypass"), &json!(["credentials"]))
        );
        assert!(!config.to_string().contains("canary"));
    }

    #[test]
    fn of_several_files_the_first_counts() {
        let second = CONFIG
            .replace("shop", "other")
            .replace("current-context: gke_acme", "current-context: x_acme");
        let config = merged(&["current-context: kind\n", CONFIG, &second]);
        assert_eq!(config["contexts"][0]["context"]["namespace"], "shop");
        // The current context did not come along, and none is put in its place.
        assert_eq!(config["current-context"], "");
        assert_eq!(merged(&[])["contexts"], json!([]));
    }

    #[test]
    fn a_broken_file_is_told_without_its_secrets() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("config");
        std::fs::write(&file, "users: [{name: a, user: {token: canary-4\n").unwrap();
        let variables: Variables = [("KUBECONFIG", &file)].into_iter().collect();
        let error = for_session(&variables, &[]).unwrap_err();
        assert!(matches!(error, SessionError::Kubeconfig { .. }));
        assert!(!format!("{error} {error:?}").contains("canary"));
    }

    /// Were one of them opened and read, the test would never end.
    #[test]
    fn what_is_no_plain_file_is_left_out_and_what_is_too_large_is_told() {
        let home = tempfile::tempdir().unwrap();
        let (pipe, large) = (home.path().join("pipe"), home.path().join("large"));
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let of = |path: &Path| {
            let variables: Variables = [("KUBECONFIG", path)].into_iter().collect();
            for_session(&variables, &[])
        };
        for path in [
            pipe.as_path(),
            home.path(),
            &home.path().join("none"),
            "/dev/zero".as_ref(),
        ] {
            assert_eq!(
                of(path).unwrap()["contexts"],
                json!([]),
                "{}",
                path.display()
            );
        }
        let file = std::fs::File::create(&large).unwrap();
        file.set_len(LARGEST + 1).unwrap();
        let error = of(&large).unwrap_err().to_string();
        assert!(error.ends_with("it is larger than 8 MiB"), "{error}");
    }

    #[test]
    fn authorities_are_where_the_users_file_says() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("config");
        let authority_of = |written: &str| {
            let text = CONFIG.replace(
                "certificate-authority-data: QQ==",
                &format!("certificate-authority: {written}"),
            );
            std::fs::write(&file, text).unwrap();
            let variables: Variables = [("KUBECONFIG", &file)].into_iter().collect();
            let config = for_session(&variables, &[]).unwrap();
            config["clusters"][0]["cluster"][AUTHORITY].clone()
        };
        assert_eq!(authority_of("ca.pem"), json!(home.path().join("ca.pem")));
        assert_eq!(
            authority_of("../pki/ca.pem"),
            json!(home.path().join("../pki/ca.pem"))
        );
        assert_eq!(authority_of("/etc/ca.pem"), "/etc/ca.pem");
        assert_eq!(authority_of("''"), "");
        // Not a kubeconfig, but YAML.
        assert!(make_absolute(&mut json!(["clusters"]), &file).is_ok());
    }

    #[test]
    fn the_servers_are_those_of_the_moment() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kubeconfig");
        assert_eq!(servers(&file), Vec::<String>::new());
        std::fs::write(&file, "clusters: [").unwrap();
        assert_eq!(servers(&file), Vec::<String>::new());
        let text = "clusters:\n- name: a\n  cluster: {server: https://10.0.0.1}\n- {name: b, cluster: {server: 'https://b:8443/x'}}\n";
        std::fs::write(&file, text).unwrap();
        assert_eq!(servers(&file), ["https://10.0.0.1", "https://b:8443/x"]);
    }
}
