//! A disk that fails, by strace: it answers chosen system calls in the kernel's place.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::Site;
use crate::peer;

/// Which call on the database's files fails, and how.
#[derive(Clone, Copy, Debug)]
pub struct Injection {
    /// The system calls, such as `fsync,fdatasync`.
    pub call: &'static str,
    /// What it answers, such as `ENOSPC`.
    pub error: &'static str,
    /// The first call to fail, counted from 1 in each thread.
    pub nth: u32,
    /// Whether all later calls fail as well.
    pub goes_on: bool,
}

/// Whether strace can be used here; else the skip rule.
pub fn is_strace_there() -> bool {
    peer::on_path("strace").is_some()
}

impl Injection {
    /// strace around the program, as a grandchild: the child that is started is the server itself.
    pub(super) fn command(&self, program: &Path, site: &Site) -> Command {
        let later = if self.goes_on { "+" } else { "" };
        let mut command = Command::new("strace");
        command
            .args(["-D", "-f", "-q", "--seccomp-bpf", "-o"])
            .arg(Self::log(site))
            .args(["-e", &format!("trace={}", self.call)])
            .args([
                "-e",
                &format!(
                    "inject={}:error={}:when={}{later}",
                    self.call, self.error, self.nth
                ),
            ]);
        for file in ["daypass.db", "daypass.db-wal"] {
            command.arg("-P").arg(site.database().with_file_name(file));
        }
        command.arg("--").arg(program);
        command
    }

    /// How many calls failed.
    pub fn injected(site: &Site) -> usize {
        let log = std::fs::read_to_string(Self::log(site)).unwrap_or_default();
        log.matches("(INJECTED)").count()
    }

    fn log(site: &Site) -> PathBuf {
        site.folder().join("strace.log")
    }
}
