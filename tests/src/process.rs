//! Running a client of others: in a clean environment, since machine-wide variables (certificate bundles, proxies,
//! credentials) would lead it astray, and with a time-out.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::Command;

/// How long a client may take; gcloud's slowest start on a loaded machine takes some seconds.
const TIME_OUT: Duration = Duration::from_mins(2);

/// A home folder of its own, and the variables that point clients at a sandbox as one of its people.
#[derive(Debug)]
pub struct Environment {
    home: TempDir,
    base_url: String,
    person: String,
    is_tunnelled: bool,
    variables: Vec<(String, String)>,
}

/// How a client ended.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; none: it was killed.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Finished {
    /// Whether it exited with 0.
    pub fn is_success(&self) -> bool {
        self.code == Some(0)
    }
}

impl Environment {
    /// The environment of one of the sandbox's people or service accounts, such as `olivia@example.com`.
    pub async fn of_person(base_url: &str, person: &str) -> Self {
        Self::new(base_url, person, false).await
    }

    /// The same for clients with addresses of their own, by way of the sandbox's tunnel.
    pub async fn through_tunnel(base_url: &str, person: &str) -> Self {
        Self::new(base_url, person, true).await
    }

    async fn new(base_url: &str, person: &str, is_tunnelled: bool) -> Self {
        let mut environment = Self {
            home: TempDir::new().expect("a temporary folder"),
            base_url: base_url.to_owned(),
            person: person.to_owned(),
            is_tunnelled,
            variables: Vec::new(),
        };
        environment.renew().await;
        environment
    }

    /// Mints new tokens: those of before end an hour of the sandbox's clock after they were made.
    pub async fn renew(&mut self) {
        let folder = self.home.path().join("environment");
        let variables = if self.is_tunnelled {
            daypass_sandbox::tunnel_environment(&self.base_url, &self.person, &folder).await
        } else {
            daypass_sandbox::environment(&self.base_url, &self.person, &folder).await
        };
        self.variables = variables.expect("the sandbox knows the person");
    }

    /// The value of one variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Sets a variable beside those of the sandbox or over one of them, until the next [`Self::renew`]; none takes it
    /// away.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        self.variables.retain(|(known, _)| known != name);
        self.variables
            .extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }

    /// A folder for files of the test, removed with the environment.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A program in this environment, not started yet. It is killed when its handle is dropped.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs a program to its end.
    pub async fn run(&self, program: &Path, arguments: &[&str]) -> Finished {
        let mut command = self.command(program);
        command.args(arguments);
        finished(command).await
    }
}

/// Runs a command to its end, within a time.
pub async fn finished(mut command: Command) -> Finished {
    let ended = tokio::time::timeout(TIME_OUT, command.output()).await;
    let output = ended.unwrap_or_else(|_| panic!("{command:?} hangs"));
    let output = output.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    Finished {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
