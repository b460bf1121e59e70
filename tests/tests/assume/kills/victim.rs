//! Whom the kill hits, and when.

use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;

use super::start::Kind;

/// Whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Victim {
    /// What the holder started: the shell, the command, the wrapped tool.
    Program,
    /// The holder, which is the wrapper as well.
    Holder,
    /// The warden; a while after, the holder is told to end.
    Warden,
    /// Holder and warden.
    Both,
    /// All of the holder's process group at once, as a terminal or a person would.
    Group,
    /// Whoever began the session: a shell that waits for it, or the terminal itself.
    Parent,
}

impl Victim {
    const ALL: [Self; 6] = [
        Self::Program,
        Self::Holder,
        Self::Warden,
        Self::Both,
        Self::Group,
        Self::Parent,
    ];
}

/// When.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// So long after the holder is there, whatever it has come to.
    Early(Duration),
    /// So long after everything runs.
    Late(Duration),
    /// So long after the next token is due.
    Renewing(Duration),
}

/// One kill.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) kind: Kind,
    pub(super) victim: Victim,
    pub(super) when: When,
}

impl Moment {
    /// As many as are asked for. In twelve there are each kind and each victim twice, in 36 all pairs; each pair that
    /// comes again has another time.
    pub(super) fn draw(how_many: usize, chance: &mut StdRng) -> Vec<Self> {
        let turn = chance.random_range(0..Kind::ALL.len());
        let moment = |number: usize| {
            let round = number / Kind::ALL.len();
            let kind = Kind::ALL[(number + turn) % Kind::ALL.len()];
            let victim = Victim::ALL[(number + round) % Victim::ALL.len()];
            let when = match chance.random_range(0..4) {
                0 | 1 => When::Early(within(400, chance)),
                2 if kind.is_renewed() => When::Renewing(within(150, chance)),
                _ => When::Late(within(300, chance)),
            };
            Self { kind, victim, when }
        };
        (0..how_many).map(moment).collect()
    }

    /// Whether more than nothing may be left until the next command: nobody was left who could clear up. A warden
    /// that has not come as far as a process group of its own falls with that of the holder.
    pub(super) fn may_leave(&self) -> bool {
        match self.victim {
            Victim::Both => true,
            Victim::Group => matches!(self.when, When::Early(_)),
            _ => false,
        }
    }

    /// Whether the holder is started by somebody who waits for it.
    pub(super) fn has_parent(&self) -> bool {
        self.victim == Victim::Parent
    }
}

fn within(milliseconds: u64, chance: &mut StdRng) -> Duration {
    Duration::from_micros(chance.random_range(0..milliseconds * 1_000))
}
