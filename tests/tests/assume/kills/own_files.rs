//! The user's own files, which no end of a session may touch.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::ground::files;

/// What a person who works with Google has in the home folder, beside the credentials that are there already.
const OWN: [(&str, &str); 12] = [
    (".config/gcloud/active_config", "work"),
    (
        ".config/gcloud/configurations/config_work",
        "[core]\naccount = alice@example.com\nproject = acme-prod\n[compute]\nregion = europe-west1\n",
    ),
    (
        ".config/gcloud/properties",
        "[core]\ndisable_usage_reporting = true\n",
    ),
    (
        ".config/gcloud/credentials.db",
        "canary: a database of credentials\n",
    ),
    (
        ".config/gcloud/access_tokens.db",
        "canary: a database of tokens\n",
    ),
    (
        ".config/gcloud/legacy_credentials/alice@example.com/adc.json",
        "{\"refresh_token\": \"canary\"}\n",
    ),
    (
        ".kube/config",
        "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: [{name: x, user: {token: canary}}]\n",
    ),
    (".boto", "[Credentials]\ngs_oauth2_refresh_token = canary\n"),
    (".bashrc", "PS1='users> '\n"),
    (".profile", "export OWN=1\n"),
    (".zshrc", "PROMPT='users> '\n"),
    (".config/fish/config.fish", "set -x OWN 1\n"),
];

/// What may be new: the journal of sessions, and what the user's shell itself remembers.
const NEW: [&str; 2] = [".local/state/daypass/", ".bash_history"];

/// All that is told about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    bytes: Vec<u8>,
    mode: u32,
    /// Seconds and nanoseconds of the last change.
    changed: (i64, i64),
    number: u64,
}

/// The files of a home folder as they were.
pub(super) struct OwnFiles(BTreeMap<PathBuf, Kept>);

impl OwnFiles {
    /// Fills the home folder and remembers all that is there.
    pub(super) fn make(home: &Path) -> Self {
        for (name, text) in OWN {
            let path = home.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(look(home))
    }

    /// Whether each is what it was, to the byte and the nanosecond, and nothing came that has no business there.
    pub(super) fn check(&self, home: &Path) -> Result<(), String> {
        let now = look(home);
        for (path, before) in &self.0 {
            if now.get(path) != Some(before) {
                return Err(format!("{} is not what it was", path.display()));
            }
        }
        let is_known = |path: &Path| {
            let below = path.strip_prefix(home).unwrap().to_str().unwrap();
            NEW.iter().any(|known| below.starts_with(known))
        };
        let mut new = now.keys().filter(|path| !self.0.contains_key(*path));
        match new.find(|path| !is_known(path)) {
            Some(path) => Err(format!("{} is new", path.display())),
            None => Ok(()),
        }
    }
}

fn look(home: &Path) -> BTreeMap<PathBuf, Kept> {
    let kept = |path: &PathBuf| {
        let about = std::fs::metadata(path).unwrap();
        Kept {
            bytes: std::fs::read(path).unwrap(),
            mode: about.mode(),
            changed: (about.mtime(), about.mtime_nsec()),
            number: about.ino(),
        }
    };
    let found = files(home).into_iter();
    found.map(|path| (path.clone(), kept(&path))).collect()
}
