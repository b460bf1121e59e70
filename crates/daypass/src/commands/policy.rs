//! `daypass policy`: entitlements as code, before a server has them.

mod import;

use super::Context;
use crate::cli::{PolicyArguments, PolicyCommand};
use crate::error::Error;
use crate::exit::Exit;

pub(super) fn run(context: &Context, arguments: &PolicyArguments) -> Result<Exit, Error> {
    match &arguments.command {
        PolicyCommand::Import(arguments) => import::run(context, arguments),
    }
}
