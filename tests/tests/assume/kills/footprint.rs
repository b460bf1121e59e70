//! What there is of a session, seen from outside: its processes, the ports that they listen on, and its files.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::ground::{binary, files};

/// A living process of a session, or of those who began it.
pub(super) struct Process {
    pub(super) id: i32,
    parent: i32,
    environment: Vec<u8>,
    line: Vec<u8>,
}

impl Process {
    fn is_of(&self, runtime: &[u8]) -> bool {
        contains(&self.environment, runtime) || contains(&self.line, runtime)
    }

    /// Whether it runs inside, where the session is in every environment.
    pub(super) fn is_inside(&self) -> bool {
        contains(&self.environment, b"DAYPASS_SESSION=")
    }

    fn is_ours(&self) -> bool {
        self.line.starts_with(binary().as_bytes()) && !self.is_inside()
    }

    pub(super) fn is_warden(&self) -> bool {
        self.is_ours() && contains(&self.line, b"\0__warden\0")
    }

    pub(super) fn is_holder(&self) -> bool {
        self.is_ours() && !self.is_warden()
    }

    /// Whether it is what the holder itself started.
    pub(super) fn is_program_of(&self, holder: i32) -> bool {
        self.parent == holder && self.is_inside()
    }
}

/// Everything alive that has to do with this runtime folder: it is in the environment of whoever began a session, of
/// the holder and of all programs, and on the warden's command line.
pub(super) fn processes(runtime: &Path) -> Vec<Process> {
    let wanted = runtime.as_os_str().as_encoded_bytes();
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter_map(|entry| process(entry.file_name().to_str()?.parse().ok()?))
        .filter(|process| process.is_of(wanted))
        .collect()
}

/// One process; none once it has ended, waited for or not.
fn process(id: i32) -> Option<Process> {
    let folder = PathBuf::from(format!("/proc/{id}"));
    let status = std::fs::read_to_string(folder.join("stat")).ok()?;
    let mut fields = status.rsplit_once(')')?.1.split_whitespace();
    let (state, parent) = (fields.next()?, fields.next()?.parse().ok()?);
    (state != "Z").then_some(())?;
    Some(Process {
        id,
        parent,
        environment: std::fs::read(folder.join("environ")).ok()?,
        line: std::fs::read(folder.join("cmdline")).ok()?,
    })
}

/// The listening sockets of these processes, by the system's number.
pub(super) fn listening(processes: &[Process]) -> BTreeSet<u64> {
    let everybodys = all_listening();
    let mut own = BTreeSet::new();
    for process in processes {
        let open = std::fs::read_dir(format!("/proc/{}/fd", process.id));
        for entry in open.into_iter().flatten().flatten() {
            let name = std::fs::read_link(entry.path()).unwrap_or_default();
            let number = name.to_str().and_then(|name| {
                let number = name.strip_prefix("socket:[")?.strip_suffix(']')?;
                number.parse::<u64>().ok()
            });
            own.extend(number);
        }
    }
    own.intersection(&everybodys).copied().collect()
}

/// Those of all processes (`/proc/net/tcp`: the state is the fourth column, the number of the socket the tenth).
pub(super) fn all_listening() -> BTreeSet<u64> {
    const LISTENS: &str = "0A";
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let texts = tables.map(|table| std::fs::read_to_string(table).unwrap_or_default());
    let lines = texts.iter().flat_map(|text| text.lines().skip(1));
    let columns = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    columns
        .filter(|columns| columns.get(3) == Some(&LISTENS))
        .filter_map(|columns| columns.get(9)?.parse().ok())
        .collect()
}

/// What lies in the folder of sessions, each of mode 0700 or 0600 and without any token; or what is wrong with it.
pub(super) fn left(runtime: &Path) -> Result<Vec<PathBuf>, String> {
    let found = files(&runtime.join("daypass"));
    for file in &found {
        // It may go while it is looked at.
        let Ok(about) = std::fs::metadata(file) else {
            continue;
        };
        if about.mode() & 0o777 != 0o600 {
            return Err(format!("{} has mode {:o}", file.display(), about.mode()));
        }
        let bytes = std::fs::read(file).unwrap_or_default();
        if contains(&bytes, b"ya29.") {
            return Err(format!("{} holds a token", file.display()));
        }
    }
    Ok(found)
}

/// How many sessions have a folder.
pub(super) fn folders(runtime: &Path) -> usize {
    std::fs::read_dir(runtime.join("daypass/sessions")).map_or(0, Iterator::count)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
