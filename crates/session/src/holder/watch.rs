//! The life of a session: the child, the signals, the parent, the clock, the next token.

use std::os::unix::process::parent_id;
use std::pin::Pin;
use std::time::Duration as Pause;

use daypass_core::Timestamp;
use daypass_engine::ports::{AccessToken, IamError};
use tokio::process::Child;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, interval_at};

use super::auth_proxy::Serving;
use super::preparation::Prepared;
use super::{Ending, Notice, Plan, child};
use crate::description::Description;
use crate::error::SessionError;
use crate::journal::Event;
use crate::renewal::{lifetime, renew_at};
use crate::secret_file::SecretFile;
use crate::variables::Variables;
use crate::warden::Warden;
use crate::{awake, descendants};

/// How often the parent, the clock and the token are looked at. The session's end follows within a second.
const LOOK_EVERY: Pause = Pause::from_millis(200);
/// After how many looks orphans that have ended are taken note of, which means reading all of `/proc`.
const BURIED_EVERY: u32 = 10;
/// How long the program inside may take to answer a signal by ending.
const TIME_TO_ANSWER: Pause = Pause::from_millis(300);
/// The pause after a token that could not be had for a reason that may pass.
const RETRY_AFTER: i64 = 5;
/// How long the program inside may take to go once it was killed.
const TIME_TO_GO: Pause = Pause::from_millis(800);
/// How often it is asked whether what the session stands on still stands.
const CHECK_EVERY: Pause = Pause::from_secs(10);
/// How long before its end a session warns, in seconds, as far as it is longer than twice that.
const WARNINGS: [i64; 2] = [120, 30];

/// Brings the session up, watches over it, and takes it down.
pub(super) async fn run(
    plan: Plan,
    tell: &(dyn Fn(&Notice) + Sync),
) -> Result<Ending, SessionError> {
    let mut signals = Signals::new().map_err(SessionError::Watch)?;
    // A grant may have been waited for; whoever asked for it may have gone meanwhile.
    if parent_id() != plan.parent {
        return Ok(Ending::Abandoned);
    }
    forbid_core_dumps();
    let folder = plan.sessions.create(&plan.id)?;
    let mut warden = Warden::start(&plan.program, folder.path())?;
    descendants::adopt_orphans();
    let (send, receive) = watch::channel(None);
    // The token takes a journey to Google; all else is made meanwhile.
    let wanted = plan.first_token();
    let both = async {
        tokio::join!(
            plan.tokens.mint(&wanted),
            Prepared::make(&plan, folder, receive)
        )
    };
    // Whoever waits for a first token can give up: nothing runs yet, and what was made goes with the future.
    let (token, prepared) = tokio::select! {
        both = both => both,
        told = signals.next() => return Ok(Ending::Signal(told)),
    };
    let prepared = prepared?;
    let token = token.map_err(|error| plan.no_token(error))?;
    let mut life = Life::begin(&plan, prepared, token, send).await?;
    let mut inside = child::start(&plan, &life.prepared.folder, life.environment())?;
    tell(&Notice::Began {
        ends_at: life.description.ends_at,
    });
    let ending = life
        .watch(&mut inside, &mut signals, &mut warden, tell)
        .await;
    life.over(&ending, inside, warden, tell).await;
    Ok(ending)
}

/// A core file would hold the token. The programs inside get back what was allowed before.
fn forbid_core_dumps() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Core);
    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum,
        },
    );
}

/// A session that has begun.
struct Life<'a> {
    plan: &'a Plan,
    prepared: Prepared,
    token_file: SecretFile,
    token: watch::Sender<Option<AccessToken>>,
    proxy: Option<Serving>,
    description: Description,
    /// By [`awake::elapsed`], when the session is over even if the machine slept; none: with its last token.
    deadline: Option<Pause>,
    token_deadline: Pause,
    next_token_at: Option<Timestamp>,
    warned: usize,
}

impl<'a> Life<'a> {
    async fn begin(
        plan: &'a Plan,
        prepared: Prepared,
        token: AccessToken,
        send: watch::Sender<Option<AccessToken>>,
    ) -> Result<Self, SessionError> {
        let token_file = SecretFile::new(prepared.folder.path(), "token", token.secret())?;
        let now = plan.clock.now();
        let ends_at = plan.length.ends_at(now);
        let description = Description {
            id: plan.id.clone(),
            account: plan.account.to_string(),
            way: plan.way.clone(),
            reason: plan.said.clone(),
            program: plan.inside.name(),
            holder: std::process::id(),
            began_at: now,
            ends_at,
            token_ends_at: token.expires_at(),
            token_file: token_file.path().to_owned(),
        };
        let next_token_at = renew_at(now, token.expires_at(), ends_at);
        let mut life = Self {
            plan,
            prepared,
            token_file,
            deadline: ends_at.map(|end| from_now(end, now)),
            token_deadline: from_now(token.expires_at(), now),
            next_token_at,
            token: send,
            proxy: None,
            description,
            warned: 0,
        };
        life.end_with_token_if_last();
        if let Some(wanted) = &plan.proxy {
            let ends = life.known_end();
            let folder = &life.prepared.folder;
            let mut proxy = Serving::start(plan, wanted, folder, &token, ends).await?;
            proxy.spare(&life.prepared.clusters);
            life.proxy = Some(proxy);
        }
        life.token.send_replace(Some(token));
        life.prepared.folder.describe(&life.description)?;
        let began = Event::Began {
            token_ends_at: life.description.token_ends_at,
        };
        plan.journal.note(now, plan, began);
        Ok(life)
    }

    fn environment(&self) -> Variables {
        let mut inside = self.prepared.environment(self.plan, self.token_file.path());
        if let Some(proxy) = &self.proxy {
            proxy.tell(&mut inside);
        }
        inside.retain(|name, _| !self.plan.left_out.contains(&name));
        inside
    }

    /// The end, as far as it is known: that of the session, else that of the present token.
    fn known_end(&self) -> Timestamp {
        self.description
            .ends_at
            .unwrap_or(self.description.token_ends_at)
    }

    /// Where no other token comes, the session ends with the one it has.
    fn end_with_token_if_last(&mut self) {
        let token_ends = self.description.token_ends_at;
        if self.next_token_at.is_none()
            && self
                .description
                .ends_at
                .is_none_or(|ends| token_ends < ends)
        {
            self.description.ends_at = Some(token_ends);
            self.deadline = Some(self.token_deadline);
        }
    }

    async fn watch(
        &mut self,
        inside: &mut Child,
        signals: &mut Signals,
        warden: &mut Warden,
        tell: &(dyn Fn(&Notice) + Sync),
    ) -> Ending {
        let mut looks = looks();
        let mut looked: u32 = 0;
        let mut minting: Option<Minting<'_>> = None;
        let standing = self.plan.standing.as_deref();
        let mut checks = checks();
        let mut checking: Option<Checking<'_>> = None;
        loop {
            tokio::select! {
                ended = inside.wait() => return Ending::Exit(ended.map_or(u8::MAX, child::code)),
                told = signals.next() => {
                    if !is_of_our_terminal(told) {
                        return handed_on(told, inside).await;
                    }
                }
                // Google may take long over it; a session ends in time all the same.
                minted = answer(&mut minting) => {
                    minting = None;
                    self.go_on(minted, tell);
                }
                fallen = answer(&mut checking) => {
                    checking = None;
                    if let Some(why) = fallen {
                        return Ending::Fallen(why);
                    }
                }
                _ = checks.tick(), if checking.is_none() => {
                    checking = standing.map(|standing| Box::pin(standing.fallen()) as Checking<'_>);
                }
                _ = looks.tick() => {
                    looked = looked.wrapping_add(1);
                    if looked.is_multiple_of(BURIED_EVERY) {
                        let own = [child::id(inside), warden.id()];
                        descendants::bury_orphans(&own.into_iter().flatten().collect::<Vec<_>>());
                        self.have_warden(warden);
                    }
                    if parent_id() != self.plan.parent {
                        return Ending::Abandoned;
                    }
                    if self.is_over() {
                        return Ending::TimeUp;
                    }
                    self.warn(tell);
                    let is_due = self.next_token_at.is_some_and(|at| at <= self.plan.clock.now());
                    if is_due && minting.is_none() {
                        minting = self.renewal();
                    }
                }
            }
        }
    }

    /// A warden that somebody ended is followed by another.
    fn have_warden(&self, warden: &mut Warden) {
        if !warden.is_gone() {
            return;
        }
        match Warden::start(&self.plan.program, self.prepared.folder.path()) {
            Ok(next) => *warden = next,
            Err(error) => tracing::warn!(error = %error, "the session has no warden"),
        }
    }

    /// By Google's clock, and by one that goes on in sleep.
    fn is_over(&self) -> bool {
        let (now, elapsed) = (self.plan.clock.now(), awake::elapsed());
        let session = self.description.ends_at.is_some_and(|ends| ends <= now)
            || self.deadline.is_some_and(|deadline| deadline <= elapsed);
        let token = self.description.token_ends_at <= now || self.token_deadline <= elapsed;
        session || token
    }

    fn warn(&mut self, tell: &(dyn Fn(&Notice) + Sync)) {
        let Some(ends) = self.description.ends_at else {
            return;
        };
        let left = ends.duration_since(self.plan.clock.now()).as_secs();
        let whole = ends.duration_since(self.description.began_at).as_secs();
        let due = WARNINGS
            .iter()
            .filter(|at| left <= **at && whole > 2 * **at)
            .count();
        if due > self.warned {
            self.warned = due;
            tell(&Notice::EndsSoon { left });
        }
    }

    /// Asks for the next token; none where the session is too near its end for another.
    fn renewal(&mut self) -> Option<Minting<'a>> {
        let now = self.plan.clock.now();
        let Some(life) = lifetime(self.plan.token_lifetime, now, self.description.ends_at) else {
            self.next_token_at = None;
            self.end_with_token_if_last();
            return None;
        };
        let plan = self.plan;
        Some(Box::pin(async move {
            plan.tokens.mint(&plan.wanted(life)).await
        }))
    }

    fn go_on(&mut self, minted: Result<AccessToken, IamError>, tell: &(dyn Fn(&Notice) + Sync)) {
        match minted {
            Ok(token) => self.take(token, tell),
            Err(error) if may_pass(&error) => {
                tell(&Notice::Renewing {
                    why: error.to_string(),
                });
                let pause = jiff::SignedDuration::from_secs(RETRY_AFTER);
                self.next_token_at = self.plan.clock.now().checked_add(pause).ok();
            }
            Err(error) => self.no_more(&error.to_string(), tell),
        }
    }

    fn take(&mut self, token: AccessToken, tell: &(dyn Fn(&Notice) + Sync)) {
        let now = self.plan.clock.now();
        if let Err(error) = self.token_file.replace(token.secret()) {
            self.no_more(&error.to_string(), tell);
            return;
        }
        self.description.token_ends_at = token.expires_at();
        self.token_deadline = from_now(token.expires_at(), now);
        self.next_token_at = renew_at(now, token.expires_at(), self.description.ends_at);
        if let Some(proxy) = &self.proxy {
            proxy.lend(&token, self.plan, self.known_end());
        }
        self.token.send_replace(Some(token));
        self.tell_others();
        let renewed = Event::Renewed {
            token_ends_at: self.description.token_ends_at,
        };
        self.plan.journal.note(now, self.plan, renewed);
    }

    fn no_more(&mut self, why: &str, tell: &(dyn Fn(&Notice) + Sync)) {
        self.next_token_at = None;
        self.end_with_token_if_last();
        self.tell_others();
        let ends_at = self.known_end();
        tell(&Notice::LastToken {
            why: why.to_owned(),
            ends_at,
        });
    }

    /// The prompt and `daypass status` read the file; a session goes on without them.
    fn tell_others(&self) {
        if let Err(error) = self.prepared.folder.describe(&self.description) {
            tracing::warn!(error = %error, "the session cannot tell about itself");
        }
    }

    /// Takes it down. Servers and token are gone first, whatever still runs: after `sudo`, a program cannot be ended by
    /// whoever began it.
    async fn over(
        self,
        ending: &Ending,
        mut inside: Child,
        warden: Warden,
        tell: &(dyn Fn(&Notice) + Sync),
    ) {
        // First of all nobody gets the token any more.
        self.token.send_replace(None);
        drop(self.token_file);
        if let Some(proxy) = self.proxy {
            proxy.stop().await;
        }
        let session = self.plan.id.clone();
        let spared = warden.id();
        let left = tokio::task::spawn_blocking(move || descendants::end_all(&session, spared));
        let (left, gone) = tokio::join!(left, tokio::time::timeout(TIME_TO_GO, inside.wait()));
        let why = match ending {
            Ending::Exit(_) => "exit",
            Ending::TimeUp => "time_up",
            Ending::Signal(_) => "signal",
            Ending::Abandoned => "abandoned",
            Ending::Fallen(_) => "fallen",
        };
        self.plan
            .journal
            .note(self.plan.clock.now(), self.plan, Event::Ended { why });
        drop(self.prepared);
        warden.dismiss();
        if gone.is_err() {
            tell(&Notice::StillRuns);
        }
        match ending {
            Ending::TimeUp => tell(&Notice::Over),
            Ending::Fallen(why) => tell(&Notice::Fallen { why: why.clone() }),
            Ending::Exit(_) if left.unwrap_or(false) => tell(&Notice::LeftBehind),
            _ => {}
        }
    }
}

/// A token that is being minted.
type Minting<'a> = Pin<Box<dyn Future<Output = Result<AccessToken, IamError>> + Send + 'a>>;

/// The question whether the session may go on, on its way.
type Checking<'a> = Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>>;

/// The answer to what was asked; where nothing was asked there is none, ever.
async fn answer<T>(asked: &mut Option<Pin<Box<dyn Future<Output = T> + Send + '_>>>) -> T {
    match asked {
        Some(asked) => asked.await,
        None => std::future::pending().await,
    }
}

fn checks() -> Interval {
    let mut checks = interval_at(Instant::now() + CHECK_EVERY, CHECK_EVERY);
    checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    checks
}

/// Hands the signal on to the program inside, which may have an answer of its own; if it does not end of that within
/// moments, the session ends over it.
async fn handed_on(told: i32, inside: &mut Child) -> Ending {
    if let (Some(process), Some(signal)) = (
        child::id(inside),
        rustix::process::Signal::from_named_raw(told),
    ) {
        // It may have ended this moment, which is told next.
        let _ = rustix::process::kill_process(process, signal);
    }
    match tokio::time::timeout(TIME_TO_ANSWER, inside.wait()).await {
        Ok(ended) => Ending::Exit(ended.map_or(u8::MAX, child::code)),
        Err(_) => Ending::Signal(told),
    }
}

fn looks() -> Interval {
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks
}

/// A moment of Google's on the clock that goes on in sleep.
fn from_now(end: Timestamp, now: Timestamp) -> Pause {
    let left = Pause::try_from(end.duration_since(now)).unwrap_or_default();
    awake::elapsed().saturating_add(left)
}

/// Whether asking again may help.
fn may_pass(error: &IamError) -> bool {
    matches!(
        error,
        IamError::Unavailable { .. }
            | IamError::Throttled { .. }
            | IamError::Ambiguous { .. }
            | IamError::Malformed { .. }
    )
}

/// Ctrl-C and Ctrl-\ on our own terminal reach the program inside by themselves, and many take them for something
/// else than an end. That they came from the terminal shows in that we are in its foreground.
fn is_of_our_terminal(told: i32) -> bool {
    let from_keyboard = [SignalKind::interrupt(), SignalKind::quit()];
    from_keyboard.iter().any(|kind| kind.as_raw_value() == told) && is_in_foreground()
}

fn is_in_foreground() -> bool {
    let stdin = std::io::stdin();
    rustix::termios::tcgetpgrp(&stdin).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// The signals that end a session.
struct Signals([Signal; 4]);

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self([
            signal(SignalKind::hangup())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::quit())?,
            signal(SignalKind::terminate())?,
        ]))
    }

    /// The number of the next one.
    async fn next(&mut self) -> i32 {
        let [hang_up, interrupt, quit, terminate] = &mut self.0;
        let kind = tokio::select! {
            _ = hang_up.recv() => SignalKind::hangup(),
            _ = interrupt.recv() => SignalKind::interrupt(),
            _ = quit.recv() => SignalKind::quit(),
            _ = terminate.recv() => SignalKind::terminate(),
        };
        kind.as_raw_value()
    }
}
