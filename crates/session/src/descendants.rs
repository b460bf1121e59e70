//! Ending the processes of a session: all that came from its child, wherever they went.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

#[cfg(target_os = "linux")]
#[path = "descendants/linux.rs"]
mod found;
#[cfg(not(target_os = "linux"))]
#[path = "descendants/other.rs"]
mod found;

pub(crate) use found::{Seen, adopt_orphans, bury_orphans};

/// How long programs may take to end by themselves. The whole end of a session takes less than a second.
const GRACE: Duration = Duration::from_millis(300);
/// How long what ignores that may take to go, which it does at once unless the system is stuck.
const LAST_WORDS: Duration = Duration::from_millis(300);
/// How often programs are looked for that were started meanwhile.
const MOST_TURNS: usize = 20;
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// Ends every process that came from this one, and every one that has the session in its environment, but not `spared`.
/// Blocks for less than a second; returns whether there was any.
pub(crate) fn end_all(session: &str, spared: Option<Pid>) -> bool {
    end(|| {
        let mut all = found::below(rustix::process::getpid());
        all.extend(found::with_session(session));
        all.sort_unstable_by_key(|pid| pid.as_raw_nonzero());
        all.dedup();
        all.retain(|pid| Some(*pid) != spared && *pid != rustix::process::getpid());
        // The warden of a session inside of this one clears up after its holder, and goes.
        all.retain(|pid| !found::is_warden(*pid));
        all
    })
}

/// Ends every process that has the session in its environment, all that was seen below its holder, and all that came
/// from those: for a session whose holder is gone.
pub(crate) fn end_those_of(session: &str, mut seen: Seen) {
    if !end(|| seen.of(session)) {
        // One that is just being started has no environment for a moment.
        std::thread::sleep(PAUSE);
        end(|| seen.of(session));
    }
}

fn end(mut find: impl FnMut() -> Vec<Pid>) -> bool {
    let first = find();
    if first.is_empty() {
        return false;
    }
    // An interactive shell ends at the one and ignores the other; one that is stopped hears neither before it goes on.
    for signal in [Signal::HUP, Signal::TERM, Signal::CONT] {
        tell(&first, signal);
    }
    if !gone_within(GRACE, &mut find, |_| {}) {
        hold_still(&mut find);
        // What is killed may just have made another: kill until there are none.
        gone_within(LAST_WORDS, &mut find, |left| tell(left, Signal::KILL));
    }
    true
}

/// Stops all of them, so that none starts another between being found and being killed: the other would be an orphan
/// that nothing is known of.
fn hold_still(find: &mut impl FnMut() -> Vec<Pid>) {
    let mut held = Vec::new();
    for _ in 0..MOST_TURNS {
        let left = find();
        if left.iter().all(|process| held.contains(process)) {
            return;
        }
        tell(&left, Signal::STOP);
        held = left;
    }
}

fn gone_within(
    time: Duration,
    find: &mut impl FnMut() -> Vec<Pid>,
    meanwhile: impl Fn(&[Pid]),
) -> bool {
    let deadline = Instant::now() + time;
    loop {
        let left = find();
        if left.is_empty() {
            return true;
        }
        meanwhile(&left);
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
}

fn tell(processes: &[Pid], signal: Signal) {
    for process in processes {
        // It may have ended by itself, or belong to somebody else after `sudo`.
        let _ = kill_process(*process, signal);
    }
}
