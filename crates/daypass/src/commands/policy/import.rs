//! `daypass policy import`: entitlements from JIT Access, JIT Groups or Google Privileged Access Manager.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use daypass_core::entitlement::Source;
use daypass_core::import::jit_access::{self, JitAccess, PolicyFile};
use daypass_core::import::jit_groups::{self, JitGroups};
use daypass_core::import::{Imported, pam};
use daypass_core::resource::ResourceName;

use super::Context;
use crate::cli::{ImportArguments, ImportSource};
use crate::error::Error;
use crate::exit::Exit;
use crate::output;
use crate::output::import_report;

pub(super) fn run(context: &Context, arguments: &ImportArguments) -> Result<Exit, Error> {
    refuse_what_has_no_effect(arguments)?;
    let imported = read(arguments)?;
    let report = import_report::describe(&imported);
    if imported.is_wrong() {
        output::talk(&report);
        return Ok(Exit::Failed);
    }
    let document = match &arguments.output_dir {
        Some(folder) => write_files(folder, &imported)?,
        None => imported.yaml(),
    };
    output::talk(&report);
    context.output.document(&imported, || document)?;
    Ok(Exit::Done)
}

/// A flag that is meant for another system is a mistake, not a wish.
fn refuse_what_has_no_effect(arguments: &ImportArguments) -> Result<(), Error> {
    let (is_access, is_groups) = (
        arguments.from == ImportSource::JitAccess,
        arguments.from == ImportSource::JitGroups,
    );
    let stray = [
        ("--resource", arguments.resource.is_some() && !is_access),
        ("--projects", !arguments.projects.is_empty() && !is_access),
        (
            "--env-file",
            arguments.env_file.is_some() && !is_access && !is_groups,
        ),
        (
            "--environment",
            arguments.environment.is_some() && !is_groups,
        ),
        ("--domain", arguments.domain.is_some() && !is_groups),
    ];
    match stray.iter().find(|(_, is_stray)| *is_stray) {
        Some((flag, _)) => Err(Error::Usage {
            message: format!("{flag} has no effect on this import"),
            hint: "'daypass policy import --help' says what it is for".into(),
        }),
        None => Ok(()),
    }
}

fn read(arguments: &ImportArguments) -> Result<Imported, Error> {
    let environment = match &arguments.env_file {
        Some(path) => Some(file(&path.to_string_lossy())?),
        None => None,
    };
    match arguments.from {
        ImportSource::JitAccess => {
            let resource = arguments.resource.as_deref().map(resource).transpose()?;
            let policies: Vec<PolicyFile> = arguments
                .files
                .iter()
                .map(|text| policy_file(text, resource.as_ref()))
                .collect::<Result<_, _>>()?;
            let projects: Vec<ResourceName> = arguments
                .projects
                .iter()
                .map(|text| project(text))
                .collect::<Result<_, _>>()?;
            Ok(jit_access::import(&JitAccess {
                policies: &policies,
                environment: environment.as_ref(),
                projects: &projects,
            }))
        }
        ImportSource::JitGroups => Ok(jit_groups::import(&JitGroups {
            documents: &files(&arguments.files)?,
            environment: environment.as_ref(),
            default_name: arguments.environment.as_deref(),
            domain: arguments.domain.as_deref(),
        })),
        ImportSource::Pam => Ok(pam::import(&files(&arguments.files)?)),
    }
}

fn files(names: &[String]) -> Result<Vec<Source>, Error> {
    names.iter().map(|name| file(name)).collect()
}

fn file(name: &str) -> Result<Source, Error> {
    let (name, text) = if name == "-" {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        ("standard input".to_owned(), read.map(|_| text))
    } else {
        (name.to_owned(), fs::read_to_string(name))
    };
    match text {
        Ok(text) => Ok(Source { name, text }),
        Err(error) => Err(Error::Server {
            message: format!("cannot read {name}: {error}"),
            hint: Some("is that the name of a text file?".into()),
        }),
    }
}

/// `FILE` or `FILE=RESOURCE`. A file whose name looks like that is a file.
fn policy_file(text: &str, shared: Option<&ResourceName>) -> Result<PolicyFile, Error> {
    let (name, own) = match text.rsplit_once('=') {
        Some((name, own)) if !Path::new(text).exists() => (name, Some(resource(own)?)),
        _ => (text, None),
    };
    Ok(PolicyFile {
        source: file(name)?,
        resource: own.or_else(|| shared.cloned()),
    })
}

fn resource(text: &str) -> Result<ResourceName, Error> {
    let parsed = text
        .parse::<ResourceName>()
        .ok()
        .filter(|resource| ["project", "folder", "organization"].contains(&resource.kind().name));
    parsed.ok_or_else(|| Error::Usage {
        message: format!("'{text}' is not a project, folder or organization"),
        hint: "write projects/ID, folders/NUMBER or organizations/NUMBER".into(),
    })
}

fn project(text: &str) -> Result<ResourceName, Error> {
    let name = text.trim();
    let full = if name.contains('/') {
        name.to_owned()
    } else {
        format!("projects/{name}")
    };
    resource(&full)
        .ok()
        .filter(|resource| resource.kind().name == "project")
        .ok_or_else(|| Error::Usage {
            message: format!("'{text}' is not a project"),
            hint: "write --projects ID,ID".into(),
        })
}

/// Writes one file each, none of which may be there already; returns their paths, one a line.
fn write_files(folder: &Path, imported: &Imported) -> Result<String, Error> {
    let failed = |path: &Path, source| Error::File {
        doing: "write",
        path: path.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    let files: Vec<(PathBuf, String)> = imported
        .files()
        .map(|(name, text)| (folder.join(name), text))
        .collect();
    // All or nothing, as far as a look beforehand can tell: what is there may have been edited since.
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(Error::Usage {
            message: format!("{} is there already", path.display()),
            hint: "name an empty folder; compare the two, and take over what you want".into(),
        });
    }
    let mut paths = String::new();
    for (path, text) in files {
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|source| failed(&path, source))?;
        paths.push_str(&path.to_string_lossy());
        paths.push('\n');
    }
    Ok(paths)
}
