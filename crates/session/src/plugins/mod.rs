//! Commands that others add: an executable `daypass-NAME` is `daypass NAME`, as git and kubectl have it.
//!
//! A plugin is run only when it is called, and then Daypass becomes it: arguments, input, output, signals and exit
//! code are the plugin's own. Listing them looks at names and modes and starts nothing.
//!
//! A plugin acts with all that the person may do. So one that somebody else could have changed is not run: see
//! [`Places::find`]; and one is put in place only after its checksum, which the person brings from elsewhere, was
//! found to be right: see [`Incoming::put`].

mod checksum;
mod error;
mod incoming;
mod name;
mod places;
mod trust;

use std::ffi::OsString;
use std::path::Path;

pub use checksum::Checksum;
pub use error::PluginError;
pub use incoming::{Incoming, LARGEST_PLUGIN, Placed};
pub use name::PluginName;
pub use places::{Listed, Origin, Places};
pub use trust::unchanged_by_others;

/// Becomes the plugin. Returns only if that fails. It is told the name that it was called by: behind a link there may be
/// one program of many names.
pub fn become_plugin(name: &PluginName, executable: &Path, arguments: &[OsString]) -> PluginError {
    use std::os::unix::process::CommandExt as _;
    let source = std::process::Command::new(executable)
        .arg0(name.file_name())
        .args(arguments)
        .exec();
    PluginError::Run {
        path: executable.to_owned(),
        source,
    }
}
