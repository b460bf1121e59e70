//! `daypass policy lint`: what is wrong in entitlement files, and what is legal but dangerous.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use daypass_core::diagnostic::Severity;
use daypass_core::lint::{LINTS, LintContext, Report, inspect};
use daypass_core::rehearsal::Groups;
use daypass_core::service_account::project_of;

use super::{Context, files};
use crate::cli::LintArguments;
use crate::configuration::{self, Configuration, ConfigurationError};
use crate::error::Error;
use crate::exit::Exit;
use crate::output::{self, finding};

/// The server's configuration where none is named.
const USUAL_CONFIGURATION: &str = "daypass.yaml";

/// The folder of the entitlements where nothing names one, as for the other commands.
const USUAL_FOLDER: &str = "entitlements";

pub(super) fn run(context: &Context, arguments: &LintArguments) -> Result<Exit, Error> {
    if arguments.list {
        return list(context);
    }
    let configuration = configuration(arguments)?;
    let paths = paths(arguments, configuration.as_ref())?;
    let sources = files::read(&paths)?;
    let groups = groups(arguments, configuration.as_ref())?;
    let report = inspect(
        &sources,
        groups.as_ref(),
        &world(arguments, configuration.as_ref()),
    );
    if arguments.github {
        output::print(&finding::annotations(&report.findings))?;
    } else {
        context
            .output
            .data(&report, || finding::list(&report.findings))?;
    }
    if context.output.is_for_people() {
        output::talk(&finding::summary(&report));
    }
    if sources.is_empty() {
        // Nothing was looked at: a wrong path must not pass in CI.
        output::hint(
            "there is no *.yaml or *.yml file there; name the files or folders of the entitlements",
        );
        return Ok(Exit::Failed);
    }
    Ok(exit(&report, arguments.strict))
}

fn exit(report: &Report, strict: bool) -> Exit {
    let errors = report.count(Severity::Error);
    let warnings = report.count(Severity::Warning);
    if errors > 0 || strict && warnings > 0 {
        Exit::Failed
    } else {
        Exit::Done
    }
}

/// Names all lints.
fn list(context: &Context) -> Result<Exit, Error> {
    let lints: Vec<finding::Lint> = LINTS
        .iter()
        .map(|lint| finding::Lint {
            code: lint.code,
            meaning: lint.meaning,
        })
        .collect();
    context
        .output
        .data(&lints, || finding::lints(&lints, context.output.width()))?;
    Ok(Exit::Done)
}

/// The named configuration; else the usual one where no files are named.
fn configuration(arguments: &LintArguments) -> Result<Option<Configuration>, Error> {
    let usual = Path::new(USUAL_CONFIGURATION);
    let path = match &arguments.config {
        Some(path) => path,
        None if arguments.paths.is_empty() && usual.exists() => usual,
        None => return Ok(None),
    };
    Ok(Some(Configuration::load(path)?))
}

fn paths(
    arguments: &LintArguments,
    configuration: Option<&Configuration>,
) -> Result<Vec<PathBuf>, Error> {
    if !arguments.paths.is_empty() {
        return Ok(arguments.paths.clone());
    }
    let configured = configuration.map(|configuration| &configuration.entitlements);
    let paths: Vec<PathBuf> = configured
        .into_iter()
        .flatten()
        .filter_map(|source| source.path.clone())
        .collect();
    if paths.is_empty() && Path::new(USUAL_FOLDER).exists() {
        return Ok(vec![USUAL_FOLDER.into()]);
    }
    if paths.is_empty() {
        return Err(Error::Usage {
            message: "no files to look at".into(),
            hint: "name files or folders: daypass policy lint entitlements/".into(),
        });
    }
    Ok(paths)
}

/// Who is in which group: of the named file, else of the configuration's.
fn groups(
    arguments: &LintArguments,
    configuration: Option<&Configuration>,
) -> Result<Option<Arc<Groups>>, Error> {
    let configured = configuration.and_then(|configuration| match &configuration.groups {
        Some(configuration::Groups::File(path)) => Some(path),
        _ => None,
    });
    let Some(path) = arguments.groups.as_ref().or(configured) else {
        return Ok(None);
    };
    let groups = files::groups(Some(path))?.map_err(ConfigurationError::Entitlements)?;
    Ok(Some(groups))
}

/// Where Daypass itself lives.
fn world(arguments: &LintArguments, configuration: Option<&Configuration>) -> LintContext {
    let mut context = LintContext {
        broker_projects: arguments.broker_project.iter().cloned().collect(),
        verbose: arguments.verbose,
        ..LintContext::default()
    };
    for broker in configuration
        .into_iter()
        .flat_map(|one| &one.google.brokers)
    {
        let account = &broker.impersonate;
        if let Some(project) = project_of(account) {
            context.broker_projects.insert(project.to_owned());
        }
        context.brokers.insert(account.clone());
    }
    context
}
