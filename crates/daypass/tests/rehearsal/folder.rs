//! A folder with entitlements, in which `daypass` and git run.

use std::fs;
use std::path::Path;
use std::process::Command;

pub(crate) struct Folder(tempfile::TempDir);

/// What a command did. The folder's path is written as `HOME`.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs `daypass policy` in the folder, without a server, a terminal or anything of the tester's environment.
    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        self.run_in("", arguments)
    }

    /// The same in a folder below.
    pub(crate) fn run_in(&self, below: &str, arguments: &[&str]) -> Done {
        let done = Command::new(env!("CARGO_BIN_EXE_daypass"))
            .arg("policy")
            .args(arguments)
            .current_dir(self.path().join(below))
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", std::env::var("PATH").unwrap())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            assert!(
                !text.chars().any(|c| c.is_control() && c != '\n'),
                "a control character is printed: {text:?}"
            );
            text.replace(self.path().to_str().unwrap(), "HOME")
        };
        Done {
            code: done.status.code().unwrap(),
            stdout: text(done.stdout),
            stderr: text(done.stderr),
        }
    }

    pub(crate) fn git(&self, arguments: &[&str]) {
        let done = Command::new("git")
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.com"])
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", std::env::var("PATH").unwrap())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
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
