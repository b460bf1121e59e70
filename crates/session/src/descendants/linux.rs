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

/// The processes of a session as its warden knows them. Whoever was met once stays known: a program that has cleared its
/// environment shows only by the one that started it, which may end before it. A number is given anew after its process:
/// the moment of its start tells the two apart.
#[derive(Debug, Default)]
pub(crate) struct Seen(HashMap<Pid, u64>);

impl Seen {
    /// Takes note of what is below the holder now. Costs a few reads for each of them, and none for others.
    pub(crate) fn look_below(&mut self, holder: Pid) {
        let mut open = vec![holder];
        let mut now = HashMap::new();
        while let Some(next) = open.pop() {
            for child in children(next).filter_map(Process::read) {
                if !is_warden(child.id) && now.insert(child.id, child.started).is_none() {
                    open.push(child.id);
                }
            }
        }
        let lives = |id: &Pid, started: u64| {
            Process::read(*id).is_some_and(|process| process.started == started)
        };
        self.0.retain(|id, started| lives(id, *started));
        self.0.extend(now);
    }

    /// Those of the session that live, once its holder does not.
    pub(super) fn of(&mut self, session: &str) -> Vec<Pid> {
        let all: Vec<Process> = processes().filter(|process| process.state != 'Z').collect();
        let mut open = with_session(session);
        open.extend(self.0.keys());
        let mut living = HashMap::new();
        while let Some(next) = open.pop() {
            let Some(process) = all.iter().find(|process| process.id == next) else {
                continue;
            };
            let is_another = self
                .0
                .get(&next)
                .is_some_and(|started| *started != process.started);
            if is_another || is_warden(next) || living.insert(next, process.started).is_some() {
                continue;
            }
            let below = all.iter().filter(|process| process.parent == next);
            open.extend(below.map(|process| process.id));
        }
        self.0 = living;
        self.0.keys().copied().collect()
    }
}

/// The children of all threads of a process (proc(5), `/proc/PID/task/TID/children`).
fn children(parent: Pid) -> impl Iterator<Item = Pid> {
    let threads = std::fs::read_dir(format!("/proc/{}/task", parent.as_raw_nonzero()));
    threads.into_iter().flatten().flatten().flat_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        let ids = text.split_whitespace();
        ids.filter_map(|id| Pid::from_raw(id.parse().ok()?))
            .collect::<Vec<_>>()
    })
}

struct Process {
    id: Pid,
    parent: Pid,
    state: char,
    /// When it started, in ticks since the system did: with the number, this is one process and no other.
    started: u64,
}

impl Process {
    /// None: it is gone.
    fn read(id: Pid) -> Option<Self> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero())).ok()?;
        // The name of the program, in brackets, may hold anything, brackets too.
        let (_, fields) = text.rsplit_once(')')?;
        let mut fields = fields.split_whitespace();
        Some(Self {
            id,
            state: fields.next()?.chars().next()?,
            parent: Pid::from_raw(fields.next()?.parse().ok()?)?,
            // The 22nd field of proc_pid_stat(5); the parent is the fourth.
            started: fields.nth(17)?.parse().ok()?,
        })
    }
}

fn ids() -> impl Iterator<Item = Pid> {
    std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| Pid::from_raw(entry.ok()?.file_name().to_str()?.parse().ok()?))
}

fn processes() -> impl Iterator<Item = Process> {
    ids().filter_map(Process::read)
}
