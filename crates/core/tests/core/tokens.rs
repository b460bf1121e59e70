//! Tokens that the server mints: how long they live, when there are any, and what the record says of them.

use daypass_core::Timestamp;
use daypass_core::audit::{Action, Actor, Entry};
use daypass_core::binding::CanonicalResource;
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::entitlement::{
    EntitlementId, Impersonation, LONGEST_TOKEN, TOKEN_MINTER_ROLE, USUAL_TOKEN, Via,
};
use daypass_core::grant::{
    Grant, GrantedPrivilege, MINTING_TAKES_SECONDS, Minting, SHORTEST_TOKEN_SECONDS,
    TransitionError, token_lifetime,
};
use daypass_core::request::Ask;
use daypass_core::state::State;
use jiff::SignedDuration;
use proptest::prelude::*;

use crate::generators::{grant_id, noon, person, terms};

const ACCOUNT: &str = "deployer@acme-prod.iam.gserviceaccount.com";

fn seconds(seconds: u64) -> Duration {
    Duration::from_seconds(seconds).unwrap()
}

fn after(seconds: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(seconds)
}

pub(crate) fn minting() -> Minting {
    Minting {
        id: grant_id(9),
        account: Email::parse(ACCOUNT).unwrap(),
        lifetime: USUAL_TOKEN,
    }
}

fn impersonation(token_max: Duration) -> Impersonation {
    Impersonation {
        service_account: Email::parse(ACCOUNT).unwrap(),
        via: Via::Broker,
        token_max,
    }
}

/// An hour of acting as the account, ACTIVE since noon.
fn active() -> Grant {
    let mut terms = terms(&person("ann"), 0, None);
    terms.impersonations = vec![impersonation(USUAL_TOKEN)];
    let ask = Ask::new(EntitlementId::parse("deployer").unwrap());
    let (mut grant, _) = Grant::new(grant_id(1), ask, terms, None, Actor::system(), noon());
    let window = grant.window_from(noon()).unwrap();
    grant.intend(window, |_| None, noon()).unwrap();
    assert_eq!(grant.state, State::Active, "there is nothing to write");
    grant
}

fn only(entries: &[Entry]) -> (&Entry, Action) {
    assert_eq!(entries.len(), 1, "{entries:?}");
    (&entries[0], entries[0].action)
}

proptest! {
    /// Never longer than asked, than the account allows, or than the grant has left; and as long as that allows.
    #[test]
    fn the_lifetime_is_the_least_of_three(
        asked in prop::option::of(1..100_000_u64),
        token_max in 1..=LONGEST_TOKEN.seconds(),
        left in -10_000..100_000_i64,
        nanoseconds in 0..1_000_000_000_i32,
    ) {
        let given = token_lifetime(asked.map(seconds), seconds(token_max), SignedDuration::new(left, nanoseconds * i32::from(left >= 0)));
        let usable = left - MINTING_TAKES_SECONDS;
        let Some(given) = given else {
            prop_assert!(usable < i64::try_from(SHORTEST_TOKEN_SECONDS).unwrap());
            return Ok(());
        };
        let usable = u64::try_from(usable).unwrap();
        prop_assert!(usable >= SHORTEST_TOKEN_SECONDS);
        let asked = asked.unwrap_or(USUAL_TOKEN.seconds());
        prop_assert_eq!(given.seconds(), asked.min(token_max).min(usable));
    }
}

#[test]
fn the_edges_of_a_lifetime() {
    let left = SignedDuration::from_secs;
    let shortest = i64::try_from(SHORTEST_TOKEN_SECONDS).unwrap() + MINTING_TAKES_SECONDS;
    let hour = Duration::minutes(60);
    assert_eq!(
        token_lifetime(None, hour, left(shortest)),
        Some(seconds(10))
    );
    assert_eq!(
        token_lifetime(None, hour, left(shortest) - SignedDuration::from_nanos(1)),
        None
    );
    assert_eq!(token_lifetime(None, hour, left(9_999)), Some(USUAL_TOKEN));
    assert_eq!(
        token_lifetime(Some(Duration::minutes(90)), hour, left(9_999)),
        Some(hour)
    );
    assert_eq!(
        token_lifetime(Some(hour), Duration::minutes(15), left(9_999)),
        Some(Duration::minutes(15))
    );
    assert_eq!(token_lifetime(None, hour, SignedDuration::MIN), None);
}

#[test]
fn a_token_is_recorded_before_and_after_and_never_past_the_end() {
    let mut grant = active();
    let (who, end) = (person("ann"), grant.window.unwrap().end);
    let actor = || Actor::person(&who, daypass_core::audit::Channel::Cli);
    let intended = grant.intend_token(&minting(), actor(), noon()).unwrap();
    let (entry, action) = only(&intended);
    assert_eq!(
        (action, entry.actor.to_string()),
        (Action::TokenIntended, "ann@example.com".into())
    );
    assert_eq!(
        serde_json::to_value(&entry.detail).unwrap(),
        serde_json::json!({
            "state": "ACTIVE", "minting": grant_id(9), "service_account": ACCOUNT, "lifetime": "10m",
        })
    );
    let minted = grant
        .hand_out_token(&minting(), after(600), actor(), after(1))
        .unwrap();
    let (entry, action) = only(&minted);
    assert_eq!(action, Action::TokenMinted);
    assert_eq!(entry.detail["expires_at"], "2026-12-01T12:10:00Z");
    // A shorter one later does not shorten what the first may do.
    grant
        .hand_out_token(&minting(), after(60), actor(), after(2))
        .unwrap();
    assert_eq!(grant.last_token_ends, Some(after(600)));
    let longer = end + SignedDuration::from_secs(1);
    assert_eq!(
        grant.hand_out_token(&minting(), longer, actor(), after(3)),
        Err(TransitionError::TokenOutlives {
            expires_at: longer,
            end
        })
    );
    assert!(
        grant
            .hand_out_token(&minting(), end, actor(), after(3))
            .is_ok()
    );
}

#[test]
fn no_token_of_what_does_not_stand() {
    let (mut grant, actor) = (active(), Actor::system);
    let account = impersonation(USUAL_TOKEN);
    let end = grant.window.unwrap().end;
    let about_over = Err(TransitionError::AboutOver(end));
    for late in [end, end - SignedDuration::from_secs(14)] {
        assert_eq!(grant.token_lifetime(&account, None, late), about_over);
    }
    assert_eq!(
        grant.token_lifetime(&account, None, end - SignedDuration::from_secs(15)),
        Ok(seconds(10))
    );
    assert!(grant.intend_token(&minting(), actor(), end).is_err());

    grant.revoke(actor(), None, noon()).unwrap();
    let refused = TransitionError::NoTokens(State::Revoked);
    assert_eq!(
        grant.token_lifetime(&account, None, noon()),
        Err(refused.clone())
    );
    assert_eq!(
        grant.intend_token(&minting(), actor(), noon()),
        Err(refused.clone())
    );
    assert_eq!(
        grant.hand_out_token(&minting(), after(60), actor(), noon()),
        Err(refused)
    );
    assert_eq!(grant.last_token_ends, None);
    // What became of it is told nevertheless.
    let withheld = grant.withhold_token(&minting(), after(60), "revoked meanwhile", noon());
    assert_eq!(only(&withheld).1, Action::TokenWithheld);
    let refused = grant.refuse_token(&minting(), "Permission denied", noon());
    assert_eq!(only(&refused).0.detail["why"], "Permission denied");
}

#[test]
fn the_end_says_until_when_the_last_token_works() {
    let mut grant = active();
    grant
        .hand_out_token(&minting(), after(600), Actor::system(), noon())
        .unwrap();
    let entries = grant.revoke(Actor::system(), None, after(5)).unwrap();
    for entry in &entries {
        assert_eq!(
            entry.detail["last_token_ends"], "2026-12-01T12:10:00Z",
            "{entry:?}"
        );
    }
    assert_eq!(
        (grant.state, grant.tokens_end()),
        (State::Revoked, Some(after(600)))
    );

    let mut unused = active();
    let entries = unused.revoke(Actor::system(), None, after(5)).unwrap();
    assert!(
        entries
            .iter()
            .all(|entry| !entry.detail.contains_key("last_token_ends"))
    );
    assert_eq!(unused.tokens_end(), None);
}

/// Whoever mints by a binding of their own tells nobody; the bound is Google's.
#[test]
fn what_a_binding_let_mint_is_bounded() {
    let mut terms = terms(&person("ann"), 0, None);
    let account: daypass_core::resource::ResourceName =
        format!("projects/acme-prod/serviceAccounts/{ACCOUNT}")
            .parse()
            .unwrap();
    terms.privileges = vec![GrantedPrivilege {
        resource: account.clone(),
        target: account.clone(),
        role: format!("projects/acme-prod/roles/{TOKEN_MINTER_ROLE}")
            .parse()
            .unwrap(),
        condition: None,
    }];
    let ask = Ask::new(EntitlementId::parse("deployer").unwrap());
    let (mut grant, _) = Grant::new(grant_id(1), ask, terms, None, Actor::system(), noon());
    let window = grant.window_from(noon()).unwrap();
    let canonical =
        |name: &daypass_core::resource::ResourceName| Some(CanonicalResource(name.full_name()));
    grant.intend(window, canonical, noon()).unwrap();
    grant.observe(&account, |_| true, None, noon()).unwrap();
    assert_eq!((grant.state, grant.tokens_end()), (State::Active, None));

    let mut ended = grant.clone();
    let entries = ended.end(window.end).unwrap();
    let bound = window.end + LONGEST_TOKEN.signed();
    assert_eq!(ended.tokens_end(), Some(bound));
    assert_eq!(
        only(&entries).0.detail["last_token_ends"],
        bound.to_string()
    );

    grant.revoke(Actor::system(), None, after(10)).unwrap();
    assert_eq!(
        grant.tokens_end(),
        None,
        "the binding may still stand: no end can be told"
    );
    grant.observe(&account, |_| false, None, after(20)).unwrap();
    assert_eq!(grant.tokens_end(), Some(after(20) + LONGEST_TOKEN.signed()));
}
