//! The second process of a session: it waits for the end of the holder, and finishes what the holder could not.
//!
//! `kill -9` of the holder, of its whole process group, or of everything on its terminal does not reach the warden: it
//! is in a session of its own. It knows no secret.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::process::Pid;

use crate::error::SessionError;
use crate::{descendants, folder};

/// The hidden command that runs [`watch`].
pub const COMMAND: &str = "__warden";

/// What the holder says when it has cleared up itself.
const DONE: u8 = b'.';

/// The warden of a session, seen from its holder.
pub(crate) struct Warden {
    process: Child,
    /// Its other end is closed by the system with the holder, however that ends.
    line: Option<ChildStdin>,
}

impl Warden {
    /// Starts `program __warden FOLDER`.
    pub(crate) fn start(program: &Path, folder: &Path) -> Result<Self, SessionError> {
        let mut process = Command::new(program)
            .arg(COMMAND)
            .arg(folder)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| SessionError::Start {
                program: program.display().to_string(),
                source,
            })?;
        let line = process.stdin.take();
        Ok(Self { process, line })
    }

    pub(crate) fn id(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.process.id()).ok()?)
    }

    /// Tells it that nothing is left to do, and waits for its end.
    pub(crate) fn dismiss(mut self) {
        if let Some(mut line) = self.line.take() {
            // If it is gone already, it needs no word.
            let _ = std::io::Write::write_all(&mut line, &[DONE]);
        }
        let _ = self.process.wait();
    }
}

/// Waits on standard input for the end of the holder, ends what is left of its session, and removes the folder.
pub fn watch(folder: &Path) {
    let _ = rustix::process::setsid();
    let Some(session) = session_of(folder) else {
        return;
    };
    let mut said = Vec::new();
    // A line that breaks is an end like any other.
    let _ = std::io::stdin().read_to_end(&mut said);
    if said.contains(&DONE) {
        return;
    }
    descendants::end_those_of(&session);
    folder::remove(folder);
}

/// The id of the session in this folder; none if it is no session's folder, which is then left alone.
fn session_of(folder: &Path) -> Option<String> {
    let is_among_sessions = folder.parent()?.file_name()? == "sessions";
    let id = folder.file_name()?.to_str()?;
    (is_among_sessions && folder.is_absolute() && folder.join(folder::LOCK).is_file())
        .then(|| id.to_owned())
}
