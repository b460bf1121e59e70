//! `daypass demo --tour`: the whole main job without a person. Each step is checked, and the tour fails with the first
//! one that does not hold.

mod approvals;
mod emergency;
mod guide;
mod session;
mod steps;

use std::net::SocketAddr;

use super::World;
use crate::error::Error;
use crate::exit::Exit;

use guide::Guide;

/// Runs the tour on free ports.
pub(super) async fn run() -> Result<Exit, Error> {
    let mut guide = Guide::begin("Daypass: the main job, on a sandbox cloud")?;
    let world = World::start(SocketAddr::from(([127, 0, 0, 1], 0)), true).await?;
    let outcome = steps::all(&world, &mut guide).await;
    world.until(std::future::ready(())).await?;
    outcome?;
    guide.end()?;
    Ok(Exit::Done)
}
