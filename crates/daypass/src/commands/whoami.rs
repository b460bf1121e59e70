//! `daypass whoami`.

use daypass_api::Identity;
use jiff::Timestamp;

use super::Context;
use super::context::block_on;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::{self, visible};

pub(super) fn run(context: &Context) -> Result<Exit, Error> {
    let client = context.client()?;
    let identity = block_on(client.me())?;
    context.output.data(&identity, || {
        describe(&identity, &client.server().to_string(), client.now())
    })?;
    Ok(Exit::Done)
}

fn describe(identity: &Identity, server: &str, now: Timestamp) -> String {
    let mut text = format!(
        "{} ({}) at {server}",
        visible(&identity.email),
        visible(&identity.name)
    );
    if identity.sandbox {
        text += ", which works on a sandbox";
    }
    if !identity.groups.is_empty() {
        let groups: Vec<_> = identity.groups.iter().map(|group| visible(group)).collect();
        text = format!("{text}\nin {}", groups.join(", "));
    }
    if let Some(expires_at) = &identity.expires_at {
        text = format!(
            "{text}\nsession ends {}",
            output::time::relative_and_absolute(expires_at, now)
        );
    }
    text
}
