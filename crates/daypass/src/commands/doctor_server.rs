//! The part of `daypass doctor` that looks at a server's configuration.

use std::path::Path;

use super::doctor::Finding;
use crate::error::Error;

/// Looks at a server's configuration file.
pub(super) fn examine(path: &Path) -> Vec<Finding> {
    vec![match std::fs::read_to_string(path) {
        Ok(_) => Finding::good("configuration", format!("{} can be read", path.display())),
        Err(source) => Finding::bad("configuration", &Error::File { doing: "read", path: path.to_owned(), source }),
    }]
}
