//! Who is in which group: from Cloud Identity, from a file, or nobody in any.

use std::sync::Arc;

use daypass_engine::ports::Directory;
use daypass_google::{CloudIdentity, Google};

use super::group_file::{GroupFile, GroupFileError};
use crate::configuration::Groups;

/// The directory that the configuration names. A file is read; Cloud Identity is not called yet.
pub(crate) fn directory(
    groups: Option<&Groups>,
    google: &Arc<Google>,
) -> Result<Arc<dyn Directory>, GroupFileError> {
    Ok(match groups {
        None => Arc::new(GroupFile::empty()),
        Some(Groups::File(path)) => Arc::new(GroupFile::read(path)?),
        Some(Groups::CloudIdentity(source)) => Arc::new(CloudIdentity::new(
            Arc::clone(google),
            source.customer.clone(),
        )),
    })
}
