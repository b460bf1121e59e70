//! The keys that prove bindings to be ours: one file a key, and one that names the current one.
//!
//! `keys/binding-ID.key` holds 32 random bytes in hexadecimal. `keys/current` names the key that signs; the others
//! only verify, and must stay as long as a binding of theirs may live.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use daypass_core::keyring::{KEY_BYTES, Key, KeyId, Keyring};
use daypass_engine::ports::Random;
use secrecy::ExposeSecret as _;

use super::{SecretFileError, read_secret, write_private};

/// Letters of a new key's id.
const ID_LETTERS: usize = 4;

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("there are no keys in {}", .0.display())]
    None(PathBuf),
    #[error("{} does not hold a key: 64 hexadecimal digits", .0.display())]
    Malformed(PathBuf),
    #[error("the folder of the keys, {}", path.display())]
    Folder {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(transparent)]
    File(#[from] SecretFileError),
}

impl KeyError {
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::None(path) => format!("make one: daypass keys new --dir {}", path.display()),
            Self::Malformed(_) => "restore it from a backup; without it, bindings that it signed are no longer recognised".into(),
            Self::Folder { .. } => "check the path and its owner".into(),
            Self::File(error) => error.hint(),
        }
    }
}

/// Reads all keys of the folder.
pub(crate) fn read_keyring(folder: &Path) -> Result<Keyring, KeyError> {
    let none = || KeyError::None(folder.to_owned());
    let current = std::fs::read_to_string(folder.join("current")).map_err(|_| none())?;
    let failed = |source| KeyError::Folder {
        path: folder.to_owned(),
        source,
    };
    let (mut signing, mut old) = (None, Vec::new());
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let Some(id) = name
            .strip_prefix("binding-")
            .and_then(|rest| rest.strip_suffix(".key"))
        else {
            continue;
        };
        let key = read_key(&path, id)?;
        if id == current.trim() {
            signing = Some(key);
        } else {
            old.push(key);
        }
    }
    Ok(Keyring::new(signing.ok_or_else(none)?, old))
}

fn read_key(path: &Path, id: &str) -> Result<Key, KeyError> {
    let malformed = || KeyError::Malformed(path.to_owned());
    let text = read_secret(path)?;
    let text = text.expose_secret();
    let mut secret = [0; KEY_BYTES];
    if text.len() != 2 * KEY_BYTES || !text.is_ascii() {
        return Err(malformed());
    }
    for (byte, digits) in secret.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).map_err(|_| malformed())?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| malformed())?;
    }
    Ok(Key::new(KeyId::parse(id).map_err(|_| malformed())?, secret))
}

/// Makes a key and makes it the current one. The old ones stay, to verify.
pub(crate) fn make_key(folder: &Path, random: &dyn Random) -> Result<KeyId, KeyError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let failed = |source| KeyError::Folder {
        path: folder.to_owned(),
        source,
    };
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(failed)?;
    let (mut secret, mut letters) = ([0; KEY_BYTES], [0; ID_LETTERS]);
    random.fill(&mut secret);
    random.fill(&mut letters);
    let id: String = letters
        .iter()
        .map(|byte| char::from(b'a' + byte % 26))
        .collect();
    let mut hex = String::with_capacity(2 * KEY_BYTES);
    for byte in secret {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    write_private(&folder.join(format!("binding-{id}.key")), &hex)?;
    // The name of the current key changes in one step, so that a reader never sees half of it.
    let next = folder.join(format!("current.{id}"));
    write_private(&next, &id)?;
    std::fs::rename(&next, folder.join("current")).map_err(failed)?;
    KeyId::parse(&id).map_err(|_| KeyError::Malformed(folder.to_owned()))
}
