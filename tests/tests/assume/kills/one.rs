//! One session, one kill, and what is left of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use daypass_tests::process::finished;
use jiff::SignedDuration;
use rustix::process::{Pid, Signal, getpgid, kill_process, kill_process_group};
use serde_json::Value;

use super::brokered::Brokered;
use super::footprint::{Process, all_listening, folders, left, listening, processes};
use super::own_files::OwnFiles;
use super::start::start;
use super::victim::{Moment, Victim, When};
use crate::ground::{Ground, files};

/// How long anything may take before it counts as never.
const PATIENCE: Duration = Duration::from_secs(20);

/// What became of one session.
pub(super) struct Seen {
    /// From the kill until nothing was left; where nobody was left to clear up, from the next command on.
    pub(super) took: Duration,
    /// How far the session had come.
    pub(super) phase: &'static str,
}

/// Starts a session, kills at the moment, and looks at what is left; or says what is wrong.
pub(super) async fn kill(moment: &Moment, brokered: Option<&Brokered>) -> Result<Seen, String> {
    let ground = Ground::new().await;
    let (home, runtime) = (ground.environment.home(), ground.runtime.path());
    let own = OwnFiles::make(home);
    let begun = start(moment.kind, moment.has_parent(), &ground, brokered).await;
    let holder = met("the holder", runtime, Process::is_holder).await?;
    wait(moment, &ground).await?;
    let victims = victims(moment.victim, runtime, holder, begun.id()).await?;

    let before = processes(runtime);
    if !before.iter().any(Process::is_holder) {
        return Err("it ended by itself".to_owned());
    }
    let phase = phase(runtime, &before);
    let (ports, token) = (listening(&before), token_file(runtime));
    let mut since = Instant::now();
    for victim in victims {
        tell(victim, Signal::KILL, moment.victim == Victim::Group);
    }
    if moment.victim == Victim::Warden {
        // The session goes on without it, and its holder leaves nothing either.
        tokio::time::sleep(Duration::from_millis(200)).await;
        if !processes(runtime).iter().any(Process::is_holder) {
            return Err("the session ended with its warden".to_owned());
        }
        since = Instant::now();
        tell(holder, Signal::TERM, false);
    }
    let mut took = Duration::ZERO;
    if moment.may_leave() {
        until("holder and warden are dead", || {
            let mut all = processes(runtime).into_iter();
            !all.any(|process| process.is_holder() || process.is_warden())
        })
        .await?;
        left(runtime)?;
    } else {
        // Killed before it has a warden, it leaves the file that it locked.
        let most = usize::from(moment.victim == Victim::Holder && phase < WITH_WARDEN);
        took = gone(runtime, &ports, since, most).await?;
    }
    if token.is_some_and(|file| std::fs::read(file).is_ok()) {
        return Err("the token can be read".to_owned());
    }

    let since = Instant::now();
    let status = finished(ground.daypass(&["status"])).await;
    if status.code != Some(0) {
        return Err(format!("status: {status:?}"));
    }
    let cleared = gone(runtime, &ports, since, 0).await?;
    own.check(home)?;
    if moment.may_leave() {
        took = cleared;
    }
    Ok(Seen { took, phase })
}

/// The first process of this kind, as soon as there is one.
async fn met(what: &str, runtime: &Path, is_it: impl Fn(&Process) -> bool) -> Result<i32, String> {
    let mut found = None;
    until(what, || {
        let all = processes(runtime).into_iter();
        found = all.filter(&is_it).map(|process| process.id).min();
        found.is_some()
    })
    .await?;
    found.ok_or_else(|| what.to_owned())
}

/// Waits for the moment.
async fn wait(moment: &Moment, ground: &Ground) -> Result<(), String> {
    let (When::Early(pause) | When::Late(pause) | When::Renewing(pause)) = moment.when;
    let runtime = ground.runtime.path();
    if moment.victim == Victim::Parent {
        // Who dies before the program has read who began it is missed by nobody.
        until("it has begun", || folders(runtime) > 0).await?;
    }
    if !matches!(moment.when, When::Early(_)) {
        until("all of its programs run", || {
            let all = processes(runtime).into_iter();
            all.filter(Process::is_inside).count() >= moment.kind.programs()
        })
        .await?;
    }
    if matches!(moment.when, When::Renewing(_)) {
        ground
            .sandbox
            .cloud()
            .advance(SignedDuration::from_secs(361));
    }
    tokio::time::sleep(pause).await;
    Ok(())
}

/// Those who are killed; one who is not there yet is killed as soon as it is.
async fn victims(
    victim: Victim,
    runtime: &Path,
    holder: i32,
    begun: Option<u32>,
) -> Result<Vec<i32>, String> {
    let warden = async || met("the warden", runtime, Process::is_warden).await;
    Ok(match victim {
        Victim::Holder | Victim::Group => vec![holder],
        Victim::Parent => vec![
            begun
                .and_then(|id| i32::try_from(id).ok())
                .unwrap_or(holder),
        ],
        Victim::Warden => vec![warden().await?],
        Victim::Both => vec![warden().await?, holder],
        Victim::Program => {
            let is_it = |process: &Process| process.is_program_of(holder);
            vec![met("the program", runtime, is_it).await?]
        }
    })
}

fn tell(process: i32, signal: Signal, with_group: bool) {
    let Some(process) = Pid::from_raw(process) else {
        return;
    };
    // One that has just ended needs no kill.
    let _ = match getpgid(Some(process)) {
        Ok(group) if with_group => kill_process_group(group, signal),
        _ => kill_process(process, signal),
    };
}

const WITH_WARDEN: &str = "2 with its warden";

/// How far it has come. The names are in order.
fn phase(runtime: &Path, all: &[Process]) -> &'static str {
    if all.iter().any(Process::is_inside) {
        "3 with its programs"
    } else if all.iter().any(Process::is_warden) {
        WITH_WARDEN
    } else if folders(runtime) > 0 {
        "1 with its folder"
    } else {
        "0 before its folder"
    }
}

/// Where the token can be read, if the session tells.
fn token_file(runtime: &Path) -> Option<PathBuf> {
    let all = files(&runtime.join("daypass"));
    let path = all.iter().find(|path| path.ends_with("session.json"))?;
    let session: Value = serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()?;
    Some(session["token_file"].as_str()?.into())
}

/// Waits until no process, no port and no folder is left, or of files `most`; how long that took.
async fn gone(
    runtime: &Path,
    ports: &BTreeSet<u64>,
    since: Instant,
    most: usize,
) -> Result<Duration, String> {
    let is_gone = || {
        processes(runtime).is_empty()
            && all_listening().is_disjoint(ports)
            && (folders(runtime) == 0 || left(runtime).is_ok_and(|left| left.len() <= most))
    };
    until("nothing is left", is_gone).await.map_err(|wrong| {
        let (all, files) = (processes(runtime).len(), left(runtime));
        format!("{wrong}: {all} processes, {files:?}")
    })?;
    Ok(since.elapsed())
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) -> Result<(), String> {
    let began = Instant::now();
    while !is_so() {
        if began.elapsed() > PATIENCE {
            return Err(format!("waited in vain until {what}"));
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    Ok(())
}
