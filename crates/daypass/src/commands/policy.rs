//! `daypass policy`: entitlements as code, before a server has them.

mod diff;
mod explain;
mod files;
mod import;
mod lint;
mod markdown;
mod revision;
mod revision_mistake;
mod schema;
mod test;

use super::Context;
use crate::cli::{PolicyArguments, PolicyCommand};
use crate::error::Error;
use crate::exit::Exit;

pub(super) fn run(context: &Context, arguments: &PolicyArguments) -> Result<Exit, Error> {
    match &arguments.command {
        PolicyCommand::Lint(arguments) => lint::run(context, arguments),
        PolicyCommand::Schema { markdown } => schema::run(*markdown),
        PolicyCommand::Import(arguments) => import::run(context, arguments),
        PolicyCommand::Test(arguments) => test::run(context, arguments),
        PolicyCommand::Diff(arguments) => diff::run(context, arguments),
        PolicyCommand::Explain(arguments) => explain::run(context, arguments),
    }
}
