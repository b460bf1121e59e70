//! The saved sessions: one file, one entry a server, readable by its owner only from the moment it exists.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use daypass_session::{Variables, place, private};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ServerAddress;
use super::machine::random_name;
use crate::error::Error;

/// A session at one server.
#[derive(Serialize, Deserialize)]
pub(crate) struct SavedSession {
    /// The opaque token.
    #[serde(serialize_with = "reveal", deserialize_with = "conceal")]
    pub(crate) token: SecretString,
    /// Who signed in.
    pub(crate) email: String,
    /// When it ends, RFC 3339.
    pub(crate) expires_at: String,
}

/// The one place where a token is written: into the 0600 file.
fn reveal<S: Serializer>(token: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(token.expose_secret())
}

fn conceal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

#[derive(Default, Serialize, Deserialize)]
struct Contents {
    /// The server of the last login.
    current: Option<String>,
    servers: BTreeMap<String, SavedSession>,
}

/// The file, by its place: `$XDG_STATE_HOME/daypass/sessions.json`, else below `~/.local/state`.
pub(crate) struct SessionFile {
    directory: PathBuf,
}

impl SessionFile {
    /// The file of this user.
    pub(crate) fn of_user() -> Result<Self, Error> {
        let variables: Variables = std::env::vars_os().collect();
        Ok(Self {
            directory: place::state(&variables).map_err(|_| Error::NoHome)?,
        })
    }

    /// The server of the last login.
    pub(crate) fn current(&self) -> Result<Option<ServerAddress>, Error> {
        self.read()?
            .current
            .map(|text| ServerAddress::parse(&text))
            .transpose()
    }

    /// The session at a server.
    pub(crate) fn session(&self, server: &ServerAddress) -> Result<Option<SavedSession>, Error> {
        Ok(self.read()?.servers.remove(&server.to_string()))
    }

    /// Keeps a session and makes its server the current one.
    pub(crate) fn save(&self, server: &ServerAddress, session: SavedSession) -> Result<(), Error> {
        self.change(|contents| {
            contents.current = Some(server.to_string());
            contents.servers.insert(server.to_string(), session);
        })
    }

    /// Forgets the session at a server.
    pub(crate) fn forget(&self, server: &ServerAddress) -> Result<(), Error> {
        self.change(|contents| {
            contents.servers.remove(&server.to_string());
        })
    }

    fn path(&self) -> PathBuf {
        self.directory.join("sessions.json")
    }

    fn read(&self) -> Result<Contents, Error> {
        let path = self.path();
        let failed = |source| Error::File {
            doing: "read",
            path: path.clone(),
            source,
        };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Contents::default());
            }
            Err(error) => return Err(failed(error)),
        };
        // The mode of the file that is open, not of whatever has its name a moment later.
        if file.metadata().map_err(failed)?.mode() & private::OTHERS != 0 {
            return Err(Error::FileMode(path));
        }
        let text = std::io::read_to_string(file).map_err(failed)?;
        // serde's message quotes no value here but could, so the place is all that is told of a file of secrets.
        serde_json::from_str(&text).map_err(|error| Error::SessionFile {
            path,
            why: format!("line {}, column {}", error.line(), error.column()),
        })
    }

    /// Reads, changes and replaces the file under a lock, so that two commands at once lose nothing.
    fn change(&self, edit: impl FnOnce(&mut Contents)) -> Result<(), Error> {
        let path = self.path();
        let failed = |source| Error::File {
            doing: "write",
            path: path.clone(),
            source,
        };
        private::folder(&self.directory).map_err(failed)?;
        let lock = private::lockable(&self.directory.join("sessions.lock")).map_err(failed)?;
        lock.lock().map_err(failed)?;
        let mut contents = self.read()?;
        edit(&mut contents);
        let text = serde_json::to_string_pretty(&contents).map_err(|error| failed(error.into()))?;
        replace(&path, &text).map_err(failed)
    }
}

/// Writes beside and renames, under a name of its own.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    private::replace(path, &random_name(), text)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn file() -> (tempfile::TempDir, SessionFile) {
        let home = tempfile::tempdir().unwrap();
        let file = SessionFile {
            directory: home.path().join("state/daypass"),
        };
        (home, file)
    }

    fn session(token: &str) -> SavedSession {
        SavedSession {
            token: token.into(),
            email: "alice@example.com".into(),
            expires_at: "2026-11-21T18:00:00Z".into(),
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn one_entry_a_server_and_the_last_is_current() {
        let (_home, file) = file();
        let (one, two) = (
            ServerAddress::parse("http://127.0.0.1:1").unwrap(),
            ServerAddress::parse("https://example.com").unwrap(),
        );
        assert!(file.current().unwrap().is_none());
        file.save(&one, session("first")).unwrap();
        file.save(&two, session("second")).unwrap();
        assert_eq!(file.current().unwrap(), Some(two.clone()));
        assert_eq!(
            file.session(&one).unwrap().unwrap().token.expose_secret(),
            "first"
        );
        file.forget(&two).unwrap();
        assert!(file.session(&two).unwrap().is_none());
        assert!(file.session(&one).unwrap().is_some());
        let left: Vec<_> = fs::read_dir(&file.directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left.len(), 2, "only the file and its lock stay: {left:?}");
    }

    #[test]
    fn nobody_else_can_read_it() {
        let (_home, file) = file();
        file.save(
            &ServerAddress::parse("https://example.com").unwrap(),
            session("secret"),
        )
        .unwrap();
        assert_eq!((mode(&file.directory), mode(&file.path())), (0o700, 0o600));
        fs::set_permissions(file.path(), Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(file.current(), Err(Error::FileMode(_))));
    }

    #[test]
    fn a_broken_file_is_told_without_its_secrets() {
        let (_home, file) = file();
        file.save(
            &ServerAddress::parse("https://example.com").unwrap(),
            session("canary"),
        )
        .unwrap();
        let broken = fs::read_to_string(file.path())
            .unwrap()
            .replace("\"email\"", "canary \"email\"");
        replace(&file.path(), &broken).unwrap();
        let error = file.current().err().unwrap();
        assert!(!format!("{error} {error:?} {:?}", error.hint()).contains("canary"));
    }
}
