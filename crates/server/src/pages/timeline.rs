//! What happened to a grant, as its page tells it.

use std::collections::BTreeSet;

use daypass_core::audit::{Action, Entry, Recorded};
use daypass_core::ids::GrantId;
use daypass_core::person::Person;
use daypass_core::principal::Principal;
use daypass_engine::ports::AuditFilter;
use jiff::Timestamp;

use super::words::{self, When};
use crate::app::App;
use crate::failure::Failure;

/// Audit entries that are read at once.
const PAGE: usize = 500;

/// Most audit entries that are read for one page. A session leaves two every ten minutes; only a script that takes tokens
/// all the time comes near, and the API has the whole trail.
const MOST_ENTRIES: usize = 5_000;

/// One line of the story.
pub(super) struct TimelineRow {
    pub(super) actor: String,
    pub(super) words: String,
    pub(super) detail: Option<String>,
    pub(super) is_system: bool,
    pub(super) at: When,
}

/// What was recorded of the grant.
pub(super) async fn entries(
    app: &App,
    who: &Person,
    id: GrantId,
) -> Result<Vec<Recorded>, Failure> {
    let mut all: Vec<Recorded> = Vec::new();
    while all.len() < MOST_ENTRIES {
        let filter = AuditFilter {
            after: all.last().map_or(0, |last| last.sequence),
            grant: Some(id),
            limit: PAGE,
        };
        let page = app.engine.audit_entries(who, &filter).await?;
        let is_last = page.len() < PAGE;
        all.extend(page);
        if is_last {
            break;
        }
    }
    Ok(all)
}

/// The lines of the page. Tokens come by the dozen: an intent is told only if nothing is known of its outcome, and those
/// of one account that follow each other are one line.
pub(super) fn rows(entries: &[Recorded], now: Timestamp) -> Vec<TimelineRow> {
    let minting = |recorded: &Recorded| {
        let name = recorded.entry.detail.get("minting")?.as_str()?;
        Some(name.to_owned())
    };
    let is_intent = |recorded: &&Recorded| recorded.entry.action == Action::TokenIntended;
    let settled: BTreeSet<String> = entries
        .iter()
        .filter(|recorded| !is_intent(recorded))
        .filter_map(minting)
        .collect();
    let told = entries.iter().filter(|recorded| {
        !(is_intent(recorded) && minting(recorded).is_some_and(|name| settled.contains(&name)))
    });
    let mut runs: Vec<(usize, &Recorded)> = Vec::new();
    for recorded in told {
        match runs.last_mut() {
            Some((count, last)) if continues(&last.entry, &recorded.entry) => {
                *count += 1;
                // The one that lasts longest is what matters.
                if end(&recorded.entry) >= end(&last.entry) {
                    *last = recorded;
                }
            }
            _ => runs.push((1, recorded)),
        }
    }
    let row = |(count, recorded): (usize, &Recorded)| {
        let mut row = TimelineRow::new(recorded, now);
        if count > 1 {
            row.words = format!("was given {count} tokens, the last of them");
        }
        row
    };
    runs.into_iter().map(row).collect()
}

/// Whether the same person was given one more token of the same account.
fn continues(last: &Entry, next: &Entry) -> bool {
    let account = |entry: &Entry| entry.detail.get("service_account").cloned();
    last.action == Action::TokenMinted
        && next.action == Action::TokenMinted
        && last.actor == next.actor
        && account(last) == account(next)
}

fn end(entry: &Entry) -> Option<Timestamp> {
    entry.detail.get("expires_at")?.as_str()?.parse().ok()
}

impl TimelineRow {
    fn new(recorded: &Recorded, now: Timestamp) -> Self {
        let entry = &recorded.entry;
        let actor = if entry.actor.person.is_none() {
            "Daypass".to_owned()
        } else {
            entry.actor.to_string()
        };
        Self {
            actor,
            words: words::action(entry.action),
            detail: particulars(entry, now),
            is_system: entry.actor.person.is_none(),
            at: When::new(entry.at, now),
        }
    }
}

/// What a line of the story adds to its words.
fn particulars(entry: &Entry, now: Timestamp) -> Option<String> {
    let people = |key: &str| {
        let list = entry.detail.get(key)?.as_array()?;
        let named: Vec<String> = list
            .iter()
            .filter_map(|one| one.as_str()?.parse().ok())
            .map(|one: Principal| words::principal(&one))
            .collect();
        Some(named.join(", "))
    };
    let text = |key: &str| Some(entry.detail.get(key)?.as_str()?.to_owned());
    match entry.action {
        Action::Reminded => people("whom"),
        Action::Escalated => people("to"),
        Action::Approved | Action::Denied => text("comment").or_else(|| text("why")),
        Action::TokenIntended => Some(format!(
            "of {}, for {}",
            text("service_account")?,
            text("lifetime")?
        )),
        Action::TokenMinted => Some(format!(
            "of {}, until {}",
            text("service_account")?,
            When::new(text("expires_at")?.parse().ok()?, now).people
        )),
        Action::TokenRefused | Action::TokenWithheld => {
            Some(format!("of {}: {}", text("service_account")?, text("why")?))
        }
        Action::ApprovalVoid => Some(entry.detail.get("of")?.get("email")?.as_str()?.to_owned()),
        Action::Reviewed => {
            let is_justified = entry.detail.get("justified")?.as_bool()?;
            let word = if is_justified {
                "it was an emergency"
            } else {
                "it was no emergency"
            };
            Some(text("comment").map_or_else(|| word.to_owned(), |said| format!("{word}: {said}")))
        }
        _ => None,
    }
}
