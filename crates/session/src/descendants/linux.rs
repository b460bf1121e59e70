use std::collections::HashMap;

use rustix::process::{Pid, WaitOptions};

use crate::environment::SESSION;

/// Makes this process the parent of orphans below it, so that none can leave the session.
pub(crate) fn adopt_orphans() {
    // An old kernel that cannot: the environment still tells who belongs to the session.
    let _ = rustix::process::set_child_subreaper(rustix::process::Pid::from_raw(1));
}

/// Takes note of adopted children that have ended, but not of `own`, whom somebody else waits for.
pub(crate) fn bury_orphans(own: &[Pid]) {
    for process in processes() {
        if process.state == 'Z'
            && process.parent == rustix::process::getpid()
            && !own.contains(&process.id)
        {
            let _ = rustix::process::waitpid(Some(process.id), WaitOptions::NOHANG);
        }
    }
}

/// The living processes below this one, at any depth.
pub(super) fn below(ancestor: Pid) -> Vec<Pid> {
    let mut children: HashMap<Pid, Vec<(Pid, char)>> = HashMap::new();
    for process in processes() {
        children
            .entry(process.parent)
            .or_default()
            .push((process.id, process.state));
    }
    let mut found = Vec::new();
    let mut open = vec![ancestor];
    while let Some(next) = open.pop() {
        for (child, state) in children.remove(&next).unwrap_or_default() {
            open.push(child);
            if state != 'Z' {
                found.push(child);
            }
        }
    }
    found
}

/// The living processes of this user that have the session in their environment.
pub(super) fn with_session(session: &str) -> Vec<Pid> {
    let wanted = format!("{SESSION}={session}");
    ids()
        .filter(|id| {
            // That of another user cannot be read, and is none of ours; that of one that has ended is empty.
            let environment =
                std::fs::read(format!("/proc/{}/environ", id.as_raw_nonzero())).unwrap_or_default();
            environment
                .split(|byte| *byte == 0)
                .any(|variable| variable == wanted.as_bytes())
        })
        .collect()
}

struct Process {
    id: Pid,
    parent: Pid,
    state: char,
}

fn ids() -> impl Iterator<Item = Pid> {
    std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| Pid::from_raw(entry.ok()?.file_name().to_str()?.parse().ok()?))
}

fn processes() -> impl Iterator<Item = Process> {
    ids().filter_map(|id| {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero())).ok()?;
        // The name of the program, in brackets, may hold anything, brackets too.
        let (_, fields) = text.rsplit_once(')')?;
        let mut fields = fields.split_whitespace();
        let state = fields.next()?.chars().next()?;
        let parent = Pid::from_raw(fields.next()?.parse().ok()?)?;
        Some(Process { id, parent, state })
    })
}
