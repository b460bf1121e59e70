//! A process that plays one part, and ends with this one.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use super::port;

/// A running process of ours.
pub struct Role(Child);

impl Role {
    /// Starts this program in one of its parts (`host`, `proxy`).
    pub fn of_this_program(role: &str, folder: &Path) -> Self {
        let program = std::env::current_exe().expect("a program knows where it is");
        let mut command = Command::new(program);
        command.arg(role).arg(folder);
        Self::start(&mut command)
    }

    /// Starts a program.
    pub fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("a process can be started"))
    }

    /// The port that it says, once it is there. Load is sent to nobody else: the port must be this process's.
    pub async fn port(&mut self, folder: &Path, name: &str) -> u16 {
        let ended = async {
            while self.0.try_wait().is_ok_and(|ended| ended.is_none()) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let port = tokio::select! {
            port = port(folder, name) => port,
            () = ended => panic!("{name}: the process ended"),
        };
        assert!(self.listens_on(port), "{name} is a port of somebody else");
        port
    }

    /// Whether the listener of the loopback's port is a socket of this process (`proc_pid_net(5)`, `tcp`).
    fn listens_on(&self, port: u16) -> bool {
        const LISTENS: &str = "0A";
        let address = u32::from_ne_bytes(Ipv4Addr::LOCALHOST.octets());
        let wanted = format!("{address:08X}:{port:04X}");
        let folder = format!("/proc/{}", self.0.id());
        let table = std::fs::read_to_string(format!("{folder}/net/tcp")).unwrap_or_default();
        let sockets = table.lines().filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let is_it = fields.get(1) == Some(&&*wanted) && fields.get(3) == Some(&LISTENS);
            is_it.then(|| format!("socket:[{}]", fields.get(9).unwrap_or(&"")))
        });
        let sockets: Vec<String> = sockets.collect();
        let opened = std::fs::read_dir(format!("{folder}/fd"));
        let mut links = opened
            .into_iter()
            .flatten()
            .flatten()
            .map(|open| open.path());
        links.any(|link| {
            std::fs::read_link(link).is_ok_and(|open| {
                let mut sockets = sockets.iter();
                sockets.any(|socket| open.as_os_str() == socket.as_str())
            })
        })
    }

    /// The time that all its threads together have been on a processor (`proc(5)`, `schedstat`).
    pub fn computed(&self) -> Duration {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.0.id()));
        let of_thread = |thread: std::fs::DirEntry| -> Option<u64> {
            let told = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
            told.split_whitespace().next()?.parse().ok()
        };
        let threads = threads.into_iter().flatten().flatten();
        Duration::from_nanos(threads.filter_map(of_thread).sum())
    }

    /// What it has in memory at this moment, in KiB. From here on [`Self::most_memory`] begins anew (`proc(5)`,
    /// `clear_refs`).
    pub fn memory_from_here(&self) -> u64 {
        let file = format!("/proc/{}/clear_refs", self.0.id());
        std::fs::write(file, "5").expect("the process is ours");
        self.status("VmRSS:")
    }

    /// The most that it had in memory since then, in KiB.
    pub fn most_memory(&self) -> u64 {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()));
        let status = status.unwrap_or_default();
        let found = status.lines().find_map(|line| line.strip_prefix(name));
        found
            .and_then(|text| text.trim_end_matches("kB").trim().parse().ok())
            .unwrap_or_default()
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
