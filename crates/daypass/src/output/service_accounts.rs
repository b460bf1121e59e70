//! Service accounts for people.

use serde::Serialize;

use super::{short, table, visible};

/// Longer words of Google's are cut here; programs get them whole.
const LONGEST_ERROR: usize = 60;

/// A service account, and how one may act as it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ServiceAccount {
    /// Its address.
    pub(crate) email: String,
    /// Whether one may act as it now, with one's own credentials; null if that is not known.
    pub(crate) now: Option<bool>,
    /// The entitlements that one may ask for to act as it.
    pub(crate) entitlements: Vec<String>,
    /// Whether it is disabled: nobody can act as it then.
    pub(crate) disabled: bool,
    /// What it is for, or what it is called.
    pub(crate) description: String,
    /// Why it is not known whether one may act as it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

impl ServiceAccount {
    /// Whether there is a way to act as it.
    pub(crate) fn can_be_used(&self) -> bool {
        !self.disabled && (self.now == Some(true) || !self.entitlements.is_empty())
    }
}

/// One row each.
pub(crate) fn list(accounts: &[ServiceAccount], width: Option<u16>) -> String {
    let rows = accounts.iter().map(|account| {
        vec![
            visible(&account.email),
            how(account),
            visible(&account.description),
        ]
    });
    table::columns(&["EMAIL", "HOW", "DESCRIPTION"], rows.collect(), width)
}

/// `now, by entitlement deployer`.
fn how(account: &ServiceAccount) -> String {
    let mut ways = Vec::new();
    match (&account.error, account.now) {
        (Some(error), _) => ways.push(format!("not known: {}", short(error, LONGEST_ERROR))),
        (None, Some(true)) => ways.push("now".to_owned()),
        (None, _) => {}
    }
    let entitlements = account.entitlements.iter();
    ways.extend(entitlements.map(|id| format!("by entitlement {}", visible(id))));
    if account.disabled {
        ways.push("but it is disabled".to_owned());
    }
    ways.join(", ")
}
