// Untested: nobody has run Daypass on such a system yet. `ps` tells here what `/proc` tells on Linux.
use std::process::Command;

use rustix::process::Pid;

/// Orphans go to the system here; the session is in the environment of those that matter, but cannot be read.
pub(crate) fn adopt_orphans() {}

/// Nothing was adopted.
pub(crate) fn bury_orphans(_own: &[Pid]) {}

/// The living processes below this one, at any depth.
pub(super) fn below(ancestor: Pid) -> Vec<Pid> {
    let printed = Command::new("/bin/ps")
        .args(["-axo", "pid=,ppid=,stat="])
        .output();
    let text = printed
        .map(|printed| String::from_utf8_lossy(&printed.stdout).into_owned())
        .unwrap_or_default();
    let all: Vec<(Pid, Pid)> = text
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            let id = Pid::from_raw(fields.next()?.parse().ok()?)?;
            let parent = Pid::from_raw(fields.next()?.parse().ok()?)?;
            (!fields.next()?.starts_with('Z')).then_some((id, parent))
        })
        .collect();
    let mut found = Vec::new();
    let mut open = vec![ancestor];
    while let Some(next) = open.pop() {
        for (id, _) in all.iter().filter(|(_, parent)| *parent == next) {
            open.push(*id);
            found.push(*id);
        }
    }
    found
}

/// The environment of other processes cannot be read here.
pub(super) fn with_session(_session: &str) -> Vec<Pid> {
    Vec::new()
}

/// What other processes run is not looked at here.
pub(super) fn is_warden(_process: Pid) -> bool {
    false
}

/// The processes that were below another at some time.
#[derive(Debug, Default)]
pub(crate) struct Seen(Vec<Pid>);

impl Seen {
    /// Takes note of what is below a process now.
    pub(crate) fn look_below(&mut self, ancestor: Pid) {
        self.0 = below(ancestor);
    }

    /// Those of the session that live: here a number is not told from the same number given anew, so none.
    pub(super) fn of(&mut self, session: &str) -> Vec<Pid> {
        with_session(session)
    }
}
