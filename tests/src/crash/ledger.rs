//! What the server acknowledged: it must be so from then on, whatever happens.

use std::collections::HashMap;

use daypass_core::state::State;

/// Something that was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// A grant was asked for.
    Made,
    /// Its one approval.
    Approved,
    /// Its denial.
    Denied,
    /// It was taken back before it began.
    Withdrawn,
    /// It was ended early.
    Revoked,
}

impl Deed {
    /// Whether a grant in this state can be one with which this was done.
    pub(super) fn allows(self, state: State) -> bool {
        match self {
            Self::Made => true,
            Self::Approved => !matches!(
                state,
                State::ApprovalAwaited | State::Denied | State::Withdrawn | State::Expired
            ),
            Self::Denied => state == State::Denied,
            Self::Withdrawn => state == State::Withdrawn,
            Self::Revoked => matches!(state, State::Revoking | State::Revoked),
        }
    }
}

/// All that was acknowledged.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    deeds: HashMap<String, Vec<Deed>>,
    order: Vec<String>,
}

impl Ledger {
    /// Writes down a deed.
    pub fn note(&mut self, grant: &str, deed: Deed) {
        let deeds = self.deeds.entry(grant.to_owned()).or_default();
        if deeds.is_empty() {
            self.order.push(grant.to_owned());
        }
        deeds.push(deed);
    }

    /// The last `most` grants, the newest last.
    pub fn latest(&self, most: usize) -> &[String] {
        &self.order[self.order.len().saturating_sub(most)..]
    }

    /// How many grants there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub(super) fn deeds(&self) -> impl Iterator<Item = (&str, Deed)> {
        self.deeds
            .iter()
            .flat_map(|(grant, deeds)| deeds.iter().map(move |deed| (grant.as_str(), *deed)))
    }
}
