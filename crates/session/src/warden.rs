//! The second process of a session: it waits for the end of the holder, and finishes what the holder could not.
//!
//! `kill -9` of the holder, of its whole process group, or of everything on its terminal does not reach the warden: it
//! is in a session of its own. It knows no secret.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::Pid;

use crate::descendants::Seen;
use crate::error::SessionError;
use crate::{descendants, folder};

/// The hidden command that runs [`watch`].
pub const COMMAND: &str = "__warden";

/// The pause between two looks at what runs below the holder: a program that gives up its environment, as daemons do,
/// can be told from others only while its holder lives.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long it may take to go when it is dismissed.
const TIME_TO_GO: Duration = Duration::from_millis(500);

/// What the holder says when it has cleared up itself.
const DONE: u8 = b'.';

/// The warden of a session, seen from its holder.
pub(crate) struct Warden {
    process: Child,
    /// Its other end is closed by the system with the holder, however that ends.
    line: Option<ChildStdin>,
}

impl Warden {
    /// Starts `program __warden FOLDER HOLDER`.
    pub(crate) fn start(program: &Path, folder: &Path) -> Result<Self, SessionError> {
        let mut process = Command::new(program)
            .arg(COMMAND)
            .arg(folder)
            .arg(std::process::id().to_string())
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

    /// Whether it has ended, though nobody dismissed it.
    pub(crate) fn is_gone(&mut self) -> bool {
        !matches!(self.process.try_wait(), Ok(None))
    }

    /// Tells it that nothing is left to do, and waits for its end; one that is stopped hears nothing, and is killed.
    pub(crate) fn dismiss(mut self) {
        if let Some(mut line) = self.line.take() {
            // If it is gone already, it needs no word.
            let _ = std::io::Write::write_all(&mut line, &[DONE]);
        }
        let started = Instant::now();
        while !self.is_gone() {
            if started.elapsed() > TIME_TO_GO {
                let _ = self.process.kill();
                let _ = self.process.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Waits on standard input for the end of the holder, ends what is left of its session, and removes the folder.
/// `holder` is the holder's process id.
pub fn watch(folder: &Path, holder: &str) {
    let holder = holder.parse().ok().and_then(Pid::from_raw);
    let _ = rustix::process::setsid();
    let Some(session) = session_of(folder) else {
        return;
    };
    let mut seen = Seen::default();
    while !has_word(LOOK_EVERY) {
        // Orphans are handed to somebody else, whose other children are none of ours.
        if let Some(holder) = holder.filter(|_| rustix::process::getppid() == holder) {
            seen.look_below(holder);
        }
    }
    let mut said = Vec::new();
    // A line that breaks is an end like any other.
    let _ = std::io::stdin().read_to_end(&mut said);
    if said.contains(&DONE) {
        return;
    }
    descendants::end_those_of(&session, seen);
    folder::remove(folder);
}

/// Waits this long for the holder's word, or the end of its line.
fn has_word(most: Duration) -> bool {
    let stdin = std::io::stdin();
    let mut line = [PollFd::new(&stdin, PollFlags::IN)];
    let most = Timespec {
        tv_sec: most.as_secs().try_into().unwrap_or(1),
        tv_nsec: most.subsec_nanos().into(),
    };
    match rustix::event::poll(&mut line, Some(&most)) {
        Ok(ready) => ready > 0,
        Err(rustix::io::Errno::INTR) => false,
        // A line that cannot be waited for is read.
        Err(_) => true,
    }
}

/// The id of the session in this folder; none if it is no session's folder, which is then left alone.
fn session_of(folder: &Path) -> Option<String> {
    let is_among_sessions = folder.parent()?.file_name()? == "sessions";
    let id = folder.file_name()?.to_str()?;
    (is_among_sessions && folder.is_absolute() && folder.join(folder::LOCK).is_file())
        .then(|| id.to_owned())
}
