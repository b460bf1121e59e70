//! `daypass plugins …`, and running one: `daypass NAME …`.

mod source;

use std::ffi::{OsStr, OsString};

use daypass_session::plugins::{Checksum, Listed, Origin, Places, PluginName, become_plugin};
use serde::Serialize;

use super::Context;
use super::context::block_on;
use crate::cli::{self, PluginsArguments, PluginsCommand};
use crate::error::Error;
use crate::exit::Exit;
use crate::folders;
use crate::output::{self, visible};

pub(super) fn run(context: &Context, arguments: &PluginsArguments) -> Result<Exit, Error> {
    match &arguments.command {
        PluginsCommand::List => list(context),
        PluginsCommand::Install {
            source,
            sha256,
            name,
        } => install(source, sha256, name.as_deref()),
        PluginsCommand::Remove { name } => remove(name),
    }
}

/// Runs the plugin of a name that is none of our commands. Comes back only if that fails.
pub(super) fn call(words: &[OsString]) -> Result<Exit, Error> {
    let (name, arguments) = words.split_first().ok_or_else(|| unknown(OsStr::new("")))?;
    // A name of ours cannot come here: clap knows it first.
    let plugin = name.to_str().and_then(|name| PluginName::parse(name).ok());
    let plugin = plugin.ok_or_else(|| unknown(name))?;
    match places()?.find(&plugin)? {
        Some(path) => Err(become_plugin(&plugin, &path, arguments).into()),
        None => Err(unknown(name)),
    }
}

fn places() -> Result<Places, Error> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    Ok(Places::new(folders::plugins()?, &path))
}

fn unknown(name: &OsStr) -> Error {
    let name = name.to_string_lossy();
    let own = own_names();
    let meant = daypass_core::nearest::nearest(&name, own.iter().map(String::as_str));
    Error::Usage {
        message: format!(
            "there is no command '{}', and no plugin of this name",
            output::short(&name, 80)
        ),
        hint: match meant {
            Some(meant) => format!("did you mean 'daypass {meant}'?"),
            None => "'daypass help' lists the commands, 'daypass plugins list' the plugins".into(),
        },
    }
}

/// The names of our own commands, with their aliases. They always win.
fn own_names() -> Vec<String> {
    let definition = cli::definition();
    let mut names = vec!["help".to_owned()];
    for command in definition.get_subcommands() {
        names.push(command.get_name().to_owned());
        names.extend(command.get_all_aliases().map(str::to_owned));
    }
    names
}

#[derive(Serialize)]
struct Plugin {
    name: String,
    path: String,
    installed: bool,
    /// Why it would not be run; null if it would.
    refused: Option<String>,
}

impl Plugin {
    fn new(listed: Listed, own: &[String]) -> Self {
        let name = listed.name.to_string();
        let hidden = own
            .contains(&name)
            .then(|| "Daypass has a command of this name".to_owned());
        Self {
            refused: hidden.or_else(|| listed.refused.map(|why| why.to_string())),
            path: listed.path.display().to_string(),
            installed: listed.origin == Origin::Installed,
            name,
        }
    }
}

fn list(context: &Context) -> Result<Exit, Error> {
    let own = own_names();
    let listed = places()?.list().into_iter();
    let plugins: Vec<Plugin> = listed.map(|plugin| Plugin::new(plugin, &own)).collect();
    if plugins.is_empty() && context.output.is_for_people() {
        output::talk("No plugins are installed, and none are on PATH.");
        output::hint("daypass plugins install FILE_OR_URL --sha256 HEX");
        return Ok(Exit::Done);
    }
    context.output.data(&plugins, || {
        let rows = plugins.iter().map(|plugin| {
            let origin = if plugin.installed {
                "installed"
            } else {
                "PATH"
            };
            let state = plugin.refused.as_deref().map_or("ready".into(), visible);
            vec![
                plugin.name.clone(),
                origin.to_owned(),
                visible(&plugin.path),
                state,
            ]
        });
        output::settings::columns(
            &["NAME", "FROM", "FILE", "STATE"],
            rows.collect(),
            context.output.width(),
        )
    })?;
    Ok(Exit::Done)
}

fn install(source: &str, sha256: &str, name: Option<&str>) -> Result<Exit, Error> {
    // What can be refused without reading a byte comes first.
    let expected = Checksum::parse(sha256)?;
    let source = source::Source::parse(source)?;
    let name = match name {
        Some(name) => PluginName::parse(name)?,
        None => source.name()?,
    };
    if own_names().iter().any(|own| own == name.as_str()) {
        return Err(Error::Usage {
            message: format!("'{name}' is a command of Daypass's own"),
            hint: "give it another name: --name NAME".into(),
        });
    }
    let places = places()?;
    let incoming = block_on(source.read(places.installed()))?;
    let placed = incoming.put(&name, &expected)?;
    let replaced = if placed.replaced {
        " It replaces the one that was there."
    } else {
        ""
    };
    output::talk(&format!(
        "'daypass {name}' is installed: {}.{replaced}",
        visible(&placed.path.display().to_string())
    ));
    Ok(Exit::Done)
}

fn remove(name: &str) -> Result<Exit, Error> {
    let name = PluginName::parse(name)?;
    let path = places()?.remove(&name)?;
    output::talk(&format!(
        "'daypass {name}' is removed: {}.",
        visible(&path.display().to_string())
    ));
    Ok(Exit::Done)
}
