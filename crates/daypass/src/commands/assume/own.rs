//! The grants that one has already, and which of them serve.

use daypass_api::{Grant, InputValue};
use daypass_core::Timestamp;
use daypass_core::state::State;
use jiff::SignedDuration;

use super::brokered::Offer;

/// A grant that ends sooner is not worth a session; another is asked for.
const WORTH_USING: SignedDuration = SignedDuration::from_mins(1);

/// A grant that is in force and gives the account by one of the offers: of several, the one that lasts longest.
pub(super) fn serving<'a>(
    own: &'a [Grant],
    offers: &'a [Offer],
    now: Timestamp,
) -> Option<(&'a Grant, &'a Offer)> {
    let left = |grant: &Grant| time(grant.active_until.as_ref()).map(|end| end.duration_since(now));
    let in_force = own.iter().filter(|grant| {
        grant.state == State::Active.as_str() && left(grant).is_some_and(|left| left > WORTH_USING)
    });
    in_force
        .filter_map(|grant| Some((grant, of_offer(grant, offers)?)))
        .max_by_key(|(grant, _)| left(grant))
}

/// A request that is under way for one of the offers, with the inputs that were given if any were. One that is to begin
/// later is another wish.
pub(super) fn pending<'a>(
    own: &'a [Grant],
    offers: &'a [Offer],
    inputs: &[(String, String)],
    now: Timestamp,
) -> Option<(&'a Grant, &'a Offer)> {
    let is_under_way = |grant: &&Grant| {
        let is_later = time(grant.start_at.as_ref()).is_some_and(|start| start > now);
        let state = State::parse(&grant.state);
        matches!(state, Some(State::ApprovalAwaited | State::Activating)) && !is_later
    };
    let has_these = |grant: &&Grant| {
        inputs.iter().all(|(name, value)| {
            let given = grant.inputs.get(name).map(text);
            given.as_deref() == Some(value.as_str())
        })
    };
    own.iter()
        .filter(is_under_way)
        .filter(has_these)
        .find_map(|grant| Some((grant, of_offer(grant, offers)?)))
}

fn of_offer<'a>(grant: &Grant, offers: &'a [Offer]) -> Option<&'a Offer> {
    offers.iter().find(|offer| {
        grant.entitlement == offer.entitlement.id
            && grant.impersonations.contains(&offer.impersonation)
    })
}

fn time(text: Option<&String>) -> Option<Timestamp> {
    text.and_then(|text| text.parse().ok())
}

fn text(value: &InputValue) -> String {
    match value {
        InputValue::String(text) => text.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}
