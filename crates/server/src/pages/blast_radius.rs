//! How far a grant reaches, as a card for whoever decides.

use daypass_core::blast_radius::{BlastRadius, Danger};
use jiff::Timestamp;

use super::words::When;

/// Lines of dangers that are shown at once; the rest is folded.
const SHOWN: usize = 6;

/// The card.
pub(crate) struct BlastRadiusCard {
    pub(super) gained: usize,
    /// The names of the permissions gained, for who wants to see them all.
    pub(super) names: Vec<String>,
    /// How many of them are dangerous.
    pub(super) dangerous: usize,
    pub(super) already: usize,
    /// How many they have by other grants, and until when the first of them.
    pub(super) lent: Option<(usize, When)>,
    pub(super) is_dangerous: bool,
    pub(super) dangers: Vec<DangerRow>,
    pub(super) more_dangers: Vec<DangerRow>,
    pub(super) accounts: Vec<AccountRow>,
    /// What is not known, and why.
    pub(super) unknown: Vec<(String, String)>,
}

/// What somebody could do, by one or several permissions.
pub(crate) struct DangerRow {
    pub(super) can: String,
    pub(super) permissions: Vec<String>,
    pub(super) on: Vec<String>,
    /// Whether it holds only under the privilege's condition.
    pub(super) is_limited: bool,
    /// Until when they can do it already.
    pub(super) until: Option<When>,
}

/// What somebody could do as a service account.
pub(crate) struct AccountRow {
    pub(super) account: String,
    pub(super) project: String,
    pub(super) gained: usize,
    pub(super) dangers: Vec<DangerRow>,
}

impl BlastRadiusCard {
    pub(super) fn new(radius: &BlastRadius, now: Timestamp) -> Self {
        let mut dangers = DangerRow::all(&radius.dangers, now);
        let more_dangers = dangers.split_off(SHOWN.min(dangers.len()));
        let accounts = radius.accounts.iter().map(|one| AccountRow {
            account: one.account.to_string(),
            project: one.project.to_string(),
            gained: one.gained.len(),
            dangers: DangerRow::all(&one.dangers, now),
        });
        let accounts: Vec<_> = accounts.collect();
        let first_end = radius.lent.values().min();
        Self {
            gained: radius.gained.len(),
            names: radius.gained.iter().cloned().collect(),
            dangerous: radius
                .dangers
                .iter()
                .filter(|one| one.until.is_none())
                .count(),
            already: radius.already.len(),
            lent: first_end.map(|end| (radius.lent.len(), When::new(*end, now))),
            is_dangerous: !dangers.is_empty() || accounts.iter().any(|one| !one.dangers.is_empty()),
            dangers,
            more_dangers,
            accounts,
            unknown: radius
                .unknown
                .iter()
                .map(|one| (one.about.clone(), one.why.clone()))
                .collect(),
        }
    }
}

impl DangerRow {
    /// One row for all permissions that come to the same.
    fn all(dangers: &[Danger], now: Timestamp) -> Vec<Self> {
        let mut rows: Vec<Self> = Vec::new();
        for danger in dangers {
            let on: Vec<String> = danger.on.iter().map(ToString::to_string).collect();
            let until = danger.until.map(|until| When::new(until, now));
            let same = rows.iter_mut().find(|row| {
                let ends = (&row.until, &until);
                let end_together = match ends {
                    (Some(one), Some(other)) => one.machine == other.machine,
                    (one, other) => one.is_none() && other.is_none(),
                };
                row.can == danger.can
                    && row.on == on
                    && row.is_limited == danger.limited
                    && end_together
            });
            match same {
                Some(row) => row.permissions.push(danger.permission.clone()),
                None => rows.push(Self {
                    can: danger.can.clone(),
                    permissions: vec![danger.permission.clone()],
                    on,
                    is_limited: danger.limited,
                    until,
                }),
            }
        }
        rows
    }
}
