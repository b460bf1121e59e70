//! `daypass sandbox`: the emulated cloud alone.

use std::path::Path;

use daypass_sandbox::{Options, Sandbox, Seed, environment, tunnel_environment};

use super::context::block_on;
use super::signals::told_to_end;
use crate::cli::{SandboxArguments, SandboxCommand};
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(arguments: &SandboxArguments) -> Result<Exit, Error> {
    match &arguments.command {
        Some(SandboxCommand::Env(env)) => {
            let url = if env.at.contains("://") {
                env.at.clone()
            } else {
                format!("http://{}", env.at)
            };
            // The files with the tokens must outlive this process: the shell that evaluates the lines reads them.
            let directory = private_directory()?.keep();
            block_on(export(&url, &env.person, &directory, env.tunnel))?;
            Ok(Exit::Done)
        }
        None => block_on(serve(arguments)),
    }
}

/// Runs until it is told to end, then takes its files along.
async fn serve(arguments: &SandboxArguments) -> Result<Exit, Error> {
    let seed = match &arguments.seed {
        Some(path) => Seed::from_yaml(&read(path)?).map_err(|error| Error::Usage {
            message: format!("{}: {error}", path.display()),
            hint: "docs/sandbox.md has an annotated organisation; one may have 250,000 values"
                .into(),
        })?,
        None => Seed::default(),
    };
    let faults = match &arguments.faults {
        // JSON is YAML, too: one reader for both.
        Some(path) => serde_saphyr::from_str(&read(path)?).map_err(|error| Error::Usage {
            message: format!("{}: {error}", path.display()),
            hint: "docs/sandbox.md tells the kinds of faults; the file is a list of them".into(),
        })?,
        None => Vec::new(),
    };
    let person = match &arguments.person {
        Some(person) => Some(person.clone()),
        None => seed.people.first().map(|person| person.email.clone()),
    };
    let options = Options {
        listen: arguments.listen,
        seed,
        latency: arguments.latency,
        faults,
        tunnel: arguments.tunnel,
        ..Options::default()
    };
    let stop = told_to_end()?;
    let sandbox = Sandbox::start(options).await.map_err(failed)?;
    let directory = private_directory()?;
    // An organisation without people can still be called by those who bring a token.
    if let Some(person) = person {
        let url = sandbox.base_url();
        export(&url, &person, directory.path(), arguments.tunnel).await?;
    }
    output::talk(&format!(
        "The sandbox listens on {}; Ctrl-C ends it.",
        sandbox.base_url()
    ));
    stop.await;
    sandbox.stop().await;
    Ok(Exit::Done)
}

async fn export(url: &str, person: &str, directory: &Path, tunnel: bool) -> Result<(), Error> {
    let variables = if tunnel {
        tunnel_environment(url, person, directory).await
    } else {
        environment(url, person, directory).await
    };
    let variables = variables.map_err(failed)?;
    let lines: Vec<_> = variables
        .iter()
        .map(|(name, value)| format!("export {name}={}", shell_quoted(value)))
        .collect();
    output::print(&lines.join("\n"))
}

/// A folder for this user only (0700 from the start).
fn private_directory() -> Result<tempfile::TempDir, Error> {
    Ok(tempfile::Builder::new()
        .prefix("daypass-sandbox-")
        .tempdir()?)
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::File {
        doing: "read",
        path: path.to_owned(),
        source,
    })
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Sandbox(error.to_string())
}

/// A word of a shell, whatever it holds: a value is data, never a command.
fn shell_quoted(value: &str) -> String {
    let is_plain = !value.is_empty()
        && value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/:._-@%+=,".contains(c));
    if is_plain {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::shell_quoted;

    #[test]
    fn a_value_is_one_word() {
        assert_eq!(shell_quoted("http://127.0.0.1:1/"), "http://127.0.0.1:1/");
        assert_eq!(
            shell_quoted("a b'; rm -rf $HOME"),
            r"'a b'\''; rm -rf $HOME'"
        );
        assert_eq!(shell_quoted(""), "''");
    }
}
