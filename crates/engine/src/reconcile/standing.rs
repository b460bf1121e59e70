//! Whether what was agreed may still begin. Much can change between the agreement and the moment at which it can be put
//! in force: a later start, or an hour without Google.

use std::collections::BTreeSet;

use daypass_core::Timestamp;
use daypass_core::decide::{Rule, constraints_still_hold, no_longer_eligible};
use daypass_core::email::Email;
use daypass_core::entitlement::Entitlement;
use daypass_core::grant::Grant;

use super::redecide::ABSENCE_GRACE;
use crate::ports::Freshness;
use crate::{Engine, Error};

/// What may become of it.
pub(super) enum Standing {
    /// It may begin.
    Holds,
    /// That cannot be told at this moment.
    Waits,
    /// It may not, and why.
    Over(String),
}

/// What the directory says of those whom the grant concerns.
struct Groups {
    requester: BTreeSet<Email>,
    beneficiary: BTreeSet<Email>,
}

/// Asks again, of the entitlement in force and of the directory, what was asked when the grant was agreed to.
pub(super) async fn of(engine: &Engine, grant: &Grant) -> Result<Standing, Error> {
    let catalogue = engine.catalogue();
    let id = &grant.terms.entitlement;
    let Some(entitlement) = catalogue.get(id) else {
        let is_gone = engine.withheld(id).is_none() && is_long_ago(grant, engine.now());
        return Ok(if is_gone {
            Standing::Over("the entitlement is no longer there".into())
        } else {
            Standing::Waits
        });
    };
    if catalogue.hash(id) != Some(grant.terms.entitlement_hash) {
        let why = "the entitlement was changed since it was agreed to";
        return Ok(Standing::Over(why.into()));
    }
    let groups = groups(engine, grant).await?;
    let Groups {
        requester,
        beneficiary,
    } = &groups;
    let objection = match no_longer_eligible(entitlement, grant, requester, beneficiary) {
        Some(why) => Some(why.to_owned()),
        None => broken_constraints(entitlement, grant, &groups),
    };
    let objection = match objection {
        None => overdue_reviews(engine, entitlement, grant).await?,
        objection => objection,
    };
    Ok(objection.map_or(Standing::Holds, Standing::Over))
}

/// Whether the moment at which it should have begun is over for so long that an entitlement which is absent for a moment
/// would be there again.
fn is_long_ago(grant: &Grant, now: Timestamp) -> bool {
    let due = grant.activating_since.or(grant.terms.start_at);
    now.duration_since(due.unwrap_or(grant.created_at)) >= ABSENCE_GRACE
}

async fn groups(engine: &Engine, grant: &Grant) -> Result<Groups, Error> {
    let (requester, directory) = (&grant.terms.requester, &engine.0.ports.directory);
    let theirs = engine.groups_of(requester, Freshness::Fresh).await?;
    let beneficiary = match grant.terms.beneficiary.email() {
        Some(email) if *email != requester.email => {
            directory.groups_of(email, Freshness::Fresh).await?
        }
        Some(_) => theirs.clone(),
        None => BTreeSet::new(),
    };
    Ok(Groups {
        requester: theirs,
        beneficiary,
    })
}

/// The constraints ask who somebody is now, and what time it was at the last word: "an hour ahead" held then, and can
/// never hold at the start itself.
fn broken_constraints(entitlement: &Entitlement, grant: &Grant, groups: &Groups) -> Option<String> {
    let words = grant.votes.iter().map(|vote| vote.at);
    let agreed_at = words
        .chain(grant.decided_anew_at)
        .fold(grant.created_at, Timestamp::max);
    let rules = constraints_still_hold(entitlement, grant, &groups.requester, agreed_at).err()?;
    let told = |rule: Rule| format!("{}: {}", rule.name, rule.detail);
    let broken: Vec<String> = rules
        .into_iter()
        .filter(|rule| !rule.holds)
        .map(told)
        .collect();
    Some(broken.join("; "))
}

/// Whoever owes an overdue review gets nothing more by their own word alone.
async fn overdue_reviews(
    engine: &Engine,
    entitlement: &Entitlement,
    grant: &Grant,
) -> Result<Option<String>, Error> {
    if grant.ask.gives() || !entitlement.needs_nobody() {
        return Ok(None);
    }
    let debts = engine.debts(&grant.terms.requester).await?;
    Ok(debts
        .first()
        .map(|debt| format!("a review is overdue for {debt}")))
}
