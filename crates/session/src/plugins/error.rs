//! What can go wrong with a plugin.

use std::io;
use std::path::PathBuf;

use daypass_core::justification::printable;

use super::{Checksum, LARGEST_PLUGIN, PluginName};

/// Why a plugin is not run, or not installed.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// Not the form of a name.
    #[error("'{}' is not a plugin's name", printable(.0, 80))]
    Name(String),
    /// Others may change the file, or what is in its folder.
    #[error("{} is not run: others than its owner may write {}", path.display(), at.display())]
    WritableByOthers {
        /// The plugin.
        path: PathBuf,
        /// The file or the folder that is open to others.
        at: PathBuf,
    },
    /// It belongs to another user.
    #[error("{} is not run: {} belongs to another user", path.display(), at.display())]
    Foreign {
        /// The plugin.
        path: PathBuf,
        /// The file or the folder that is somebody else's.
        at: PathBuf,
    },
    /// A folder, a pipe, or a file without the right to be executed.
    #[error("{} is not run: it is not an executable file", .0.display())]
    NotExecutable(PathBuf),
    /// The system does not start it.
    #[error("cannot run {}: {source}", path.display())]
    Run {
        /// The plugin.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file or a folder.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// A verb.
        doing: &'static str,
        /// What it was to be done to.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No plugin of this name is installed.
    #[error("no plugin '{0}' is installed")]
    NotInstalled(PluginName),
    /// Not 64 hexadecimal digits.
    #[error("'{}' is not a SHA-256 checksum", printable(.0, 80))]
    NotAChecksum(String),
    /// The file is not what the person meant.
    #[error("the checksum is wrong: {expected} was asked for, and the file has {actual}")]
    WrongChecksum {
        /// What the person said.
        expected: Checksum,
        /// What the file has.
        actual: Checksum,
    },
    /// It is larger than [`LARGEST_PLUGIN`].
    #[error("the file is larger than {} MiB", LARGEST_PLUGIN >> 20)]
    TooLarge,
    /// Nothing is in it.
    #[error("the file is empty")]
    Empty,
    /// An archive.
    #[error(
        "the file is an archive ({0}); a plugin is the executable itself, and nothing is unpacked"
    )]
    Archive(&'static str),
}

impl PluginError {
    /// The next step.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Name(_) => "a small letter, then small letters, digits and dashes: daypass-hello is 'hello'".into(),
            Self::WritableByOthers { at, .. } => {
                format!("whoever can write there can act as you: look at what it is, then chmod go-w {}", at.display())
            }
            Self::Foreign { at, .. } => format!("look at what it is, then chown it: {}", at.display()),
            Self::NotExecutable(path) => format!("chmod u+x {}, if it is one", path.display()),
            Self::Run { .. } => "is it built for this system, and is the interpreter in its first line there?".into(),
            Self::File { .. } => "check the folder's owner and mode, and the space on the disk".into(),
            Self::NotInstalled(_) => "'daypass plugins list' names them; one on PATH is removed where it was put".into(),
            Self::NotAChecksum(_) => {
                "64 hexadecimal digits, as 'sha256sum FILE' prints them; take it from whoever published the plugin, not from the file".into()
            }
            Self::WrongChecksum { .. } => {
                "nothing was installed; ask whoever published it for the right checksum, and do not run this file".into()
            }
            Self::Archive(_) => "unpack it, look at what is in it, and install the executable with its own checksum".into(),
            Self::TooLarge | Self::Empty => return None,
        })
    }
}
