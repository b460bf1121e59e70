//! Somebody at a terminal, in a home folder of their own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use daypass_sandbox::{Sandbox, environment};
use serde_json::json;
use tempfile::TempDir;

/// The session at a Daypass server; no output of the command may have it.
pub(crate) const SESSION: &str = "canary-3b0f5c11-never-print-this";

/// A person, and the variables that their terminal has.
pub(crate) struct Person {
    home: TempDir,
    variables: Vec<(String, String)>,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Person {
    /// One of the sandbox's people, with the variables that it gives out; gcloud's project is acme-prod.
    pub(crate) async fn of(sandbox: &Sandbox, email: &str) -> Self {
        let home = TempDir::new().unwrap();
        let folder = home.path().join("environment");
        let variables = environment(&sandbox.base_url(), email, &folder).await;
        Self {
            home,
            variables: variables.unwrap(),
        }
    }

    /// Somebody who has nothing but these variables.
    pub(crate) fn with(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter();
        Self {
            home: TempDir::new().unwrap(),
            variables: variables
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    /// The same with a variable more, or another value of it.
    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without a variable.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(other, _)| other != name);
        self
    }

    /// The same with a session at a Daypass server.
    pub(crate) fn signed_in_at(self, server: &str) -> Self {
        let folder = self.home.path().join("state/daypass");
        fs::create_dir_all(&folder).unwrap();
        let session = json!({"token": SESSION, "email": "alice@example.com", "expires_at": "2099-01-01T00:00:00Z"});
        let file = json!({"current": server, "servers": {server: session}});
        let path = folder.join("sessions.json");
        fs::write(&path, file.to_string()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        self
    }

    /// What else the terminal has.
    pub(crate) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs one command to its end. A PATH without gcloud: nothing is asked of it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        let output = Command::new(env!("CARGO_BIN_EXE_daypass"))
            .args(arguments)
            .env_clear()
            .env("PATH", "/nowhere")
            .env("HOME", self.home())
            .env("XDG_STATE_HOME", self.home().join("state"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            assert!(!text.contains(SESSION), "the session is printed: {text}");
            assert!(
                !text.chars().any(|c| c.is_control() && c != '\n'),
                "a control character is printed: {text:?}"
            );
            text
        };
        Done {
            code: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Done {
    /// Everything, for a snapshot.
    pub(crate) fn transcript(&self) -> String {
        format!(
            "exit {}\n--- stdout\n{}--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}
