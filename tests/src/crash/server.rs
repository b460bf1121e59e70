//! One life of the server.

use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

use super::{Injection, Program, Site};

/// How long the server may take to listen, on a loaded machine and under strace.
const STARTS_WITHIN: Duration = Duration::from_mins(1);

/// How long its end may take, once something has ended it.
const ENDS_WITHIN: Duration = Duration::from_secs(30);

/// What the server writes when it can be reached.
const LISTENS: &str = "Daypass listens on ";

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// The place to die at: its name, and how often it is passed before. Needs a build with crash points.
    pub crash_at: Option<(&'static str, u32)>,
    /// What goes wrong with the disk.
    pub injection: Option<Injection>,
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    child: Child,
    url: String,
    log: Arc<Mutex<String>>,
}

/// A server that ended by itself.
#[derive(Debug)]
pub struct Ended {
    /// How.
    pub status: ExitStatus,
    /// What it wrote.
    pub log: String,
}

impl Server {
    /// Starts it, and waits until it listens.
    ///
    /// # Panics
    /// If it ends before, with what it wrote.
    pub async fn start(program: &Program, site: &Site) -> Self {
        let started = Self::start_with(program, site, &Start::default()).await;
        started.unwrap_or_else(|ended| panic!("the server ended ({}): {}", ended.status, ended.log))
    }

    /// Starts it in this way; or says how it ended before it listened.
    pub async fn start_with(program: &Program, site: &Site, start: &Start) -> Result<Self, Ended> {
        let mut command = match &start.injection {
            None => Command::new(program.path()),
            Some(injection) => injection.command(program.path(), site),
        };
        command
            .args(["serve", "--config"])
            .arg(site.configuration())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", site.folder())
            .current_dir(site.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some((name, passes)) = start.crash_at {
            command.env("DAYPASS_CRASH_AT", format!("{name}:{passes}"));
        }
        let mut child = command.spawn().expect("the server starts");
        let stderr = child.stderr.take().expect("stderr is piped");
        let mut lines = BufReader::new(stderr).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let listens = tokio::time::timeout(STARTS_WITHIN, listening(&mut lines, &log)).await;
        let Some(url) = listens.expect("the server listens or ends in time") else {
            let status = child.wait().await.expect("the server can be waited for");
            let log = text(&log);
            return Err(Ended { status, log });
        };
        let kept = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                keep(&kept, &line);
            }
        });
        Ok(Self { child, url, log })
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it wrote so far.
    pub fn log(&self) -> String {
        text(&self.log)
    }

    /// Ends it with SIGKILL, from one moment to the next.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("the server can be killed");
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    /// If it does not, with what it wrote.
    pub async fn ended(mut self) -> Ended {
        let ended = tokio::time::timeout(ENDS_WITHIN, self.child.wait()).await;
        let Ok(status) = ended else {
            panic!("the server did not end: {}", self.log());
        };
        Ended {
            status: status.expect("the server can be waited for"),
            log: self.log(),
        }
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }
}

/// The address, or none if the server closes its stderr before.
async fn listening(
    lines: &mut Lines<BufReader<ChildStderr>>,
    log: &Mutex<String>,
) -> Option<String> {
    while let Ok(Some(line)) = lines.next_line().await {
        keep(log, &line);
        if let Some((_, url)) = line.split_once(LISTENS) {
            return Some(url.trim().to_owned());
        }
    }
    None
}

fn keep(log: &Mutex<String>, line: &str) {
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    log.push_str(line);
    log.push('\n');
}

fn text(log: &Mutex<String>) -> String {
    log.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
