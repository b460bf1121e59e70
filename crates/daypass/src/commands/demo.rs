//! `daypass demo`: a sandbox cloud and a server on an embedded database, with an example organisation. Needs no
//! network and no cloud account.

mod organisation;
mod show;
mod tour;
mod world;

use std::net::SocketAddr;

use super::serve::on_all_cores;
use super::signals::told_to_end;
use crate::cli::{DemoArguments, LogFormat};
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

use world::World;

pub(super) fn run(arguments: &DemoArguments) -> Result<Exit, Error> {
    if arguments.tour {
        return on_all_cores(tour::run());
    }
    super::log::to_stderr(LogFormat::Text);
    on_all_cores(async {
        let stop = told_to_end()?;
        let world = World::start(
            arguments
                .listen
                .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))),
            arguments.listen.is_none(),
        )
        .await?;
        output::print(&show::welcome(&world))?;
        world.until(stop).await?;
        Ok(Exit::Done)
    })
}
