//! Running `daypass` in a home folder of its own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::fake_server::{FakeServer, TOKEN};

/// A person at a terminal's keyboard, without a terminal.
pub(crate) struct Person {
    home: tempfile::TempDir,
    server: String,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Person {
    /// Somebody with a saved session at the server.
    pub(crate) fn signed_in(server: &FakeServer) -> Self {
        let person = Self::stranger(server);
        let done = person.run(&["login", "--as", "alice@example.com"]);
        assert_eq!(done.code, 0, "{done:?}");
        person
    }

    /// Somebody who has never been here.
    pub(crate) fn stranger(server: &FakeServer) -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            server: server.url(),
        }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn session_file(&self) -> PathBuf {
        self.home().join("state/daypass/sessions.json")
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        self.run_with(arguments, &[("DAYPASS_SERVER", &self.server)], "")
    }

    /// With other variables, and something typed.
    pub(crate) fn run_with(
        &self,
        arguments: &[&str],
        variables: &[(&str, &str)],
        typed: &str,
    ) -> Done {
        let mut child = Command::new(env!("CARGO_BIN_EXE_daypass"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.home())
            .env("XDG_STATE_HOME", self.home().join("state"))
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(typed.as_bytes())
            .unwrap();
        Done::from(child.wait_with_output().unwrap(), &self.server)
    }
}

impl Done {
    /// The server's port differs from run to run, so it is written as `SERVER`. The token must be in no output.
    fn from(output: Output, server: &str) -> Self {
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            assert!(!text.contains(TOKEN), "the token is printed: {text}");
            assert!(
                !text.chars().any(|c| c.is_control() && c != '\n'),
                "a control character is printed: {text:?}"
            );
            text.replace(server, "SERVER")
        };
        Self {
            code: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Everything, for a snapshot.
    pub(crate) fn transcript(&self) -> String {
        format!(
            "exit {}\n--- stdout\n{}--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}
