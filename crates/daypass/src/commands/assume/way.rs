//! Which way to the tokens: one's own credentials, or a server.

use super::{Source, direct};
use crate::cli::SessionArguments;
use crate::commands::Context;
use crate::error::Error;

/// Chooses, and asks the server for a grant if that is the way.
pub(super) async fn choose(
    _context: &Context,
    arguments: &SessionArguments,
) -> Result<Source, Error> {
    direct::source(arguments).await
}
