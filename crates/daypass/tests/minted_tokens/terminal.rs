//! Somebody at a terminal, with a home folder of their own.

use std::fs;
use std::process::{Child, Command, Stdio};

use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;

use crate::server::Server;

pub(crate) struct Terminal {
    home: TempDir,
    url: String,
}

impl Terminal {
    /// Somebody of the sandbox who has signed in.
    pub(crate) fn signed_in(server: &Server, name: &str) -> Self {
        let terminal = Self {
            home: tempfile::tempdir().unwrap(),
            url: server.url.clone(),
        };
        terminal.run(&["login", "--as", &format!("{name}@example.com")]);
        terminal
    }

    /// Starts a command, with what it prints in pipes. Programs that it starts find `daypass` on their path.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_daypass"));
        let folder = program.parent().unwrap().display();
        Command::new(program)
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", format!("{folder}:/usr/bin:/bin"))
            .env("DAYPASS_SERVER", &self.url)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs a command that succeeds; what it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let done = self.start(arguments).wait_with_output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {done:?}");
        String::from_utf8(done.stdout).unwrap()
    }

    /// The same, as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let text = self.run(&[arguments, &["-o", "json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
    }

    /// Asks the server for a token of the grant: the status, and the body.
    pub(crate) async fn token(&self, server: &Server, grant: &str) -> (u16, Value) {
        let url = format!("{}/api/v1/grants/{grant}:token", server.url);
        let request = client().post(url).bearer_auth(self.session());
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        if status == 200 {
            assert_eq!(answer.headers()["cache-control"], "no-store");
        }
        (status, answer.json().await.unwrap())
    }

    /// What was recorded of the grant.
    pub(crate) async fn audit(&self, server: &Server, grant: &str) -> String {
        let url = format!("{}/api/v1/audit/entries?grant={grant}", server.url);
        let request = client().get(url).bearer_auth(self.session());
        request.send().await.unwrap().text().await.unwrap()
    }

    /// The files of the home folder.
    pub(crate) fn everything_written(&self) -> String {
        let mut folders = vec![self.home.path().to_owned()];
        let mut text = String::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    text.push_str(&String::from_utf8_lossy(&fs::read(path).unwrap()));
                }
            }
        }
        text
    }

    /// The session that the command saved.
    fn session(&self) -> String {
        let saved = self.everything_written();
        let (_, rest) = saved.split_once("\"token\"").unwrap();
        rest.split('"').nth(1).unwrap().to_owned()
    }
}

fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}
