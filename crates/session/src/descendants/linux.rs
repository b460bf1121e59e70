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

/// Whether it is the second process of a session, by its program and its command.
pub(super) fn is_warden(process: Pid) -> bool {
    let folder = format!("/proc/{}", process.as_raw_nonzero());
    let own = std::fs::read_link("/proc/self/exe").ok();
    let is_our_program = own.is_some() && std::fs::read_link(format!("{folder}/exe")).ok() == own;
    let line = std::fs::read(format!("{folder}/cmdline")).unwrap_or_default();
    is_our_program
        && line.split(|byte| *byte == 0).nth(1) == Some(crate::warden::COMMAND.as_bytes())
}

/// The processes that were below another at some time. A number is given anew after its process: the moment of its
/// start tells them apart.
#[derive(Debug, Default)]
pub(crate) struct Seen(HashMap<Pid, String>);

impl Seen {
    /// Takes note of what is below a process now. Costs a few reads for each of them, and none for others.
    pub(crate) fn look_below(&mut self, ancestor: Pid) {
        let mut open = vec![ancestor];
        let mut now = HashMap::new();
        while let Some(next) = open.pop() {
            for child in children(next) {
                if let Some(started) = started(child)
                    && now.insert(child, started).is_none()
                {
                    open.push(child);
                }
            }
        }
        self.0
            .retain(|id, then| started(*id).as_ref() == Some(then));
        self.0.extend(now);
    }

    /// Those of them that live, and what is below those.
    pub(super) fn living(&self) -> Vec<Pid> {
        let mut found = Vec::new();
        for (id, then) in &self.0 {
            if started(*id).as_ref() == Some(then) {
                found.push(*id);
                found.extend(below(*id));
            }
        }
        found
    }
}

/// The children of all threads of a process (proc(5), `/proc/PID/task/TID/children`).
fn children(parent: Pid) -> Vec<Pid> {
    let threads = std::fs::read_dir(format!("/proc/{}/task", parent.as_raw_nonzero()));
    threads
        .into_iter()
        .flatten()
        .flatten()
        .flat_map(|thread| {
            let text = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            let ids = text.split_whitespace();
            ids.filter_map(|id| Pid::from_raw(id.parse().ok()?))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// When a process started, in ticks since the system did; none if it is gone or a zombie.
fn started(process: Pid) -> Option<String> {
    /// Of the fields behind the program's name (proc(5), `starttime` is the 22nd of all).
    const START: usize = 19;
    let text = std::fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    (*fields.first()? != "Z").then_some(())?;
    fields.get(START).map(|ticks| (*ticks).to_owned())
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
