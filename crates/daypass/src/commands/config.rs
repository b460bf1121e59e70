//! `daypass config …`: what a person has settled for their commands.

use std::path::Path;

use daypass_session::arguments::Tool;
use serde::Serialize;
use serde_json::Value;

use super::Context;
use crate::cli::{ConfigArguments, ConfigCommand};
use crate::error::Error;
use crate::exit::Exit;
use crate::folders;
use crate::output::settings::{Row, Where};
use crate::output::{self, visible};
use crate::settings::{Fate, Key, Settings, SettingsError, SettingsFile, import, usual_place};
use crate::wiring::active_project;

pub(super) fn run(context: &Context, arguments: &ConfigArguments) -> Result<Exit, Error> {
    match &arguments.command {
        ConfigCommand::Print => print(context),
        ConfigCommand::View { key } => view(context, &Key::parse(key)?),
        ConfigCommand::Set { key_and_value } => set(key_and_value),
        ConfigCommand::Unset { key } => unset(&Key::parse(key)?),
        ConfigCommand::Info => info(context),
        ConfigCommand::Import { file } => import_file(context, file.as_deref()),
    }
}

fn print(context: &Context) -> Result<Exit, Error> {
    let settings = Settings::load()?;
    let rows: Vec<Row> = Key::all()
        .into_iter()
        .map(|key| Row {
            value: settings.value(&key),
            set: settings.set_value(&key).is_some(),
            key: key.name(),
        })
        .collect();
    context.output.data(&rows, || {
        let rows: Vec<Row> = rows.iter().flat_map(Row::by_project).collect();
        output::settings::list(&rows, context.output.width())
    })?;
    Ok(Exit::Done)
}

fn view(context: &Context, key: &Key) -> Result<Exit, Error> {
    let value = Settings::load()?.value(key);
    let name = key.name();
    let object = serde_json::Map::from_iter([(name.clone(), value.clone())]);
    context.output.data(&object, || {
        format!("{name}: {}", output::settings::text(&value))
    })?;
    Ok(Exit::Done)
}

fn set(key_and_value: &[String]) -> Result<Exit, Error> {
    let [key, value] = key_and_value else {
        return Err(SettingsError::KeyAndValue.into());
    };
    let key = Key::parse(key)?;
    if let Key::ServiceAccounts | Key::ServiceAccount(_) = key {
        return Err(SettingsError::Accounts(key.name()).into());
    }
    let (before, after) = SettingsFile::of_user()?.change(|settings| {
        let before = settings.value(&key);
        settings.set(&key, value)?;
        settings.check_here(&key)?;
        Ok((before, settings.value(&key)))
    })?;
    tell_change(&key, &before, &after);
    Ok(Exit::Done)
}

fn unset(key: &Key) -> Result<Exit, Error> {
    let (was_set, before, after) = SettingsFile::of_user()?.change(|settings| {
        let (was_set, before) = (settings.set_value(key).is_some(), settings.value(key));
        settings.unset(key);
        Ok((was_set, before, settings.value(key)))
    })?;
    if was_set {
        tell_change(key, &before, &after);
    } else {
        output::talk(&format!("{} is not set", key.name()));
    }
    Ok(Exit::Done)
}

fn tell_change(key: &Key, before: &Value, after: &Value) {
    let text = output::settings::text;
    output::talk(&if before == after {
        "New value is the same as the current one".to_owned()
    } else {
        format!(
            "Updated {} from {} to {}",
            key.name(),
            text(before),
            text(after)
        )
    });
}

/// Where everything is.
#[derive(Serialize)]
struct Info {
    version: &'static str,
    settings: Where,
    plugins: Where,
    gcloud: Option<String>,
    kubectl: Option<String>,
    cloud_sql_proxy: Option<String>,
    project: Option<String>,
    default_service_account: Option<String>,
}

fn info(context: &Context) -> Result<Exit, Error> {
    let settings = Settings::load()?;
    let executable = |tool| {
        let found = settings.executable(tool);
        found.map(|path| path.display().to_string())
    };
    let project = active_project();
    let account = settings.default_account(project.as_deref());
    let info = Info {
        version: env!("CARGO_PKG_VERSION"),
        settings: Where::new(&SettingsFile::of_user()?.path()),
        plugins: Where::new(&folders::plugins()?),
        gcloud: executable(Tool::Gcloud),
        kubectl: executable(Tool::Kubectl),
        cloud_sql_proxy: executable(Tool::CloudSqlProxy),
        default_service_account: account.map(ToString::to_string),
        project,
    };
    context.output.data(&info, || {
        let or_none = |value: &Option<String>, none: &str| match value {
            Some(text) => visible(text),
            None => none.to_owned(),
        };
        output::settings::fields(
            vec![
                ("Version", info.version.to_owned()),
                ("Settings", info.settings.to_string()),
                ("Plugins", info.plugins.to_string()),
                ("gcloud", or_none(&info.gcloud, "not found")),
                ("kubectl", or_none(&info.kubectl, "not found")),
                (
                    "Cloud SQL's proxy",
                    or_none(&info.cloud_sql_proxy, "not found"),
                ),
                ("gcloud's project", or_none(&info.project, "none")),
                (
                    "Default account there",
                    or_none(&info.default_service_account, "none"),
                ),
            ],
            context.output.width(),
        )
    })?;
    Ok(Exit::Done)
}

fn import_file(context: &Context, file: Option<&Path>) -> Result<Exit, Error> {
    let Some(path) = file.map(Path::to_owned).or_else(usual_place) else {
        return Err(Error::Usage {
            message: "HOME does not say where ephemeral-iam's file is".into(),
            hint: "daypass config import FILE".into(),
        });
    };
    let source = crate::wiring::read_file(&path).map_err(|error| Error::Server {
        message: format!("cannot read {}: {}", path.display(), error.source),
        hint: Some("name ephemeral-iam's config.yml: daypass config import FILE".into()),
    })?;
    let imported = SettingsFile::of_user()?.change(|settings| {
        import(&source.text, settings).map_err(|error| Error::Server {
            message: format!(
                "{} is no configuration of ephemeral-iam: {error}",
                path.display()
            ),
            hint: Some("nothing was taken; look at that place, or name another file".into()),
        })
    })?;
    context.output.data(&imported, || {
        output::settings::imported(&imported, context.output.width())
    })?;
    let count = |fate| imported.iter().filter(|it| it.fate == fate).count();
    output::talk(&format!(
        "{} taken, {} the same here already, {} not taken. {} stays as it is.",
        count(Fate::Taken),
        count(Fate::Same),
        count(Fate::Left),
        visible(&path.display().to_string())
    ));
    Ok(Exit::Done)
}
