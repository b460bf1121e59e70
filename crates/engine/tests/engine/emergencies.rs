//! Break-glass: at once, and a review is owed.

use daypass_core::audit::Action;
use daypass_core::duration::Duration;
use daypass_core::grant::{Grant, TransitionError};
use daypass_core::request::Ask;
use daypass_core::state::State;
use daypass_engine::Error;

use crate::support::{ONE, World, ask, caller, catalogue};

const GLASS: &str = r"
apiVersion: daypass/v1
entitlements:
  - id: glass
    owner: group:owners@example.com
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-one, roles: [roles/compute.admin]}]
    duration: {min: 5m, default: 50m, max: 1h}
    break_glass:
      page: ['pagerduty:PABC123']
      review: {by: [user:rita@example.com, user:lea@example.com], within: 24h}
  - id: own-word
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-one, roles: [roles/compute.viewer]}]
    duration: {default: 1h, max: 4h}
    approval: {expires: 4h, self: true, steps: [{approvers: [group:sre@example.com]}]}
  - id: own-word-and-another
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-one, roles: [roles/run.viewer]}]
    duration: {default: 1h, max: 4h}
    approval: {expires: 4h, self: true, steps: [{approvers: [group:sre@example.com], needed: 2}]}
  - id: free
    requesters: [group:sre@example.com]
    privileges: [{resource: projects/acme-one, roles: [roles/logging.viewer]}]
    duration: {default: 1h, max: 4h}
    approval: none
";

const DAY: i64 = 24 * 60 * 60;

async fn world() -> World {
    let world = World::new().await;
    world.engine.replace_catalogue(catalogue(GLASS));
    world
}

fn for_minutes(minutes: u64) -> Ask {
    Ask {
        duration: Some(Duration::minutes(minutes)),
        ..ask("glass")
    }
}

async fn review(world: &World, who: &str, grant: &Grant) -> Result<Grant, Error> {
    world
        .engine
        .review(&caller(who), grant.id, true, Some("the disk was full"))
        .await
}

/// The rules that said no.
fn broken<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Vec<String> {
    let Err(Error::Denied(rules)) = outcome else {
        panic!("{outcome:?}")
    };
    rules
        .into_iter()
        .filter(|rule| !rule.holds)
        .map(|rule| rule.name)
        .collect()
}

#[tokio::test]
async fn it_is_given_at_once_and_owes_a_review() {
    let world = world().await;
    let grant = world.requested("ann", "glass").await;
    assert_eq!(grant.state, State::Activating, "nobody is asked");
    assert!(grant.owes_review());
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Active);
    assert_eq!(world.ours(ONE).len(), 1);
    let rule = grant.terms.break_glass.unwrap();
    assert_eq!(rule.page, ["pagerduty:PABC123"]);
    let due = grant.review.unwrap().due_at;
    assert_eq!(due.as_second() - grant.created_at.as_second(), DAY);
}

#[tokio::test]
async fn a_reviewer_stops_what_is_no_emergency() {
    let world = world().await;
    let grant = world.requested("ann", "glass").await;
    world.quiet().await;
    let end = |who: &'static str| {
        let engine = world.engine.clone();
        async move {
            engine
                .revoke(&caller(who), grant.id, Some("a drill".into()))
                .await
        }
    };
    assert!(
        matches!(end("abe").await, Err(Error::NotFound { .. })),
        "nobody else"
    );
    end("rita").await.unwrap();
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Revoked);
    assert!(world.ours(ONE).is_empty());
}

#[tokio::test]
async fn a_review_is_another_persons_and_given_once() {
    let world = world().await;
    let grant = world.requested("ann", "glass").await;
    assert_eq!(broken(review(&world, "ann", &grant).await), ["reviewer"]);
    let stranger = review(&world, "abe", &grant).await;
    assert!(
        matches!(stranger, Err(Error::NotFound { .. })),
        "{stranger:?}"
    );
    let reviewed = review(&world, "rita", &grant).await.unwrap();
    assert!(!reviewed.owes_review());
    let again = review(&world, "lea", &grant).await;
    assert!(
        matches!(
            again,
            Err(Error::State(TransitionError::AlreadyReviewed(_)))
        ),
        "{again:?}"
    );
    assert_eq!(world.count(Action::Reviewed).await, 1);

    let own = world.requested("lea", "glass").await;
    assert_eq!(broken(review(&world, "lea", &own).await), ["reviewer"]);
    let none = world.requested("abe", "free").await;
    let nothing = review(&world, "abe", &none).await;
    assert!(
        matches!(nothing, Err(Error::State(TransitionError::NoReviewOwed))),
        "{nothing:?}"
    );
}

#[tokio::test]
async fn a_debt_halves_the_next_emergency_and_pages_wider() {
    let world = world().await;
    let first = world.requested("ann", "glass").await;
    world.fakes.clock.advance(DAY - 1);
    let in_time = world.try_ask("ann", for_minutes(60)).await.unwrap();
    assert_eq!(
        in_time.terms.break_glass.unwrap().page,
        ["pagerduty:PABC123"],
        "not yet due"
    );
    world.fakes.clock.advance(1);
    assert_eq!(
        broken(world.try_ask("ann", for_minutes(31)).await),
        ["duration"]
    );
    let half = world.try_ask("ann", for_minutes(30)).await.unwrap();
    assert_eq!(
        half.state,
        State::Activating,
        "a debt never stops an emergency"
    );
    assert_eq!(
        half.terms.break_glass.unwrap().page,
        [
            "pagerduty:PABC123",
            "group:owners@example.com",
            "user:rita@example.com",
            "user:lea@example.com"
        ]
    );
    let usual = world.requested("ann", "glass").await;
    assert_eq!(usual.terms.duration, Duration::minutes(30), "the default");
    // It is the debt of one person.
    world.try_ask("abe", for_minutes(60)).await.unwrap();

    review(&world, "rita", &first).await.unwrap();
    world.try_ask("ann", for_minutes(60)).await.unwrap();
}

#[tokio::test]
async fn a_debt_takes_away_what_needs_nobody_else() {
    let world = world().await;
    let emergency = world.requested("ann", "glass").await;
    world.requested("ann", "free").await;
    world.fakes.clock.advance(DAY);
    assert_eq!(
        broken(world.try_ask("ann", ask("free")).await),
        ["review-debt"]
    );
    world.requested("abe", "free").await;
    let asked = world.requested("ann", "own-word").await;
    assert_eq!(
        broken(world.approve("ann", asked.id).await),
        ["review-debt"]
    );
    assert_eq!(world.state(asked.id).await, State::ApprovalAwaited);

    review(&world, "lea", &emergency).await.unwrap();
    world.requested("ann", "free").await;
    assert_eq!(
        world.approve("ann", asked.id).await.unwrap().state,
        State::Activating
    );
}

/// Also the word that was given before the review was overdue.
#[tokio::test]
async fn a_debt_takes_back_ones_own_word() {
    let world = world().await;
    let emergency = world.requested("ann", "glass").await;
    world.fakes.clock.advance(DAY - 60);
    let asked = world.requested("ann", "own-word-and-another").await;
    world.approve("ann", asked.id).await.unwrap();
    world.fakes.clock.advance(60);
    let half = world.approve("abe", asked.id).await.unwrap();
    assert_eq!(half.state, State::ApprovalAwaited, "one word of two");
    review(&world, "lea", &emergency).await.unwrap();
    assert_eq!(
        world.approve("ann", asked.id).await.unwrap().state,
        State::Activating
    );
}

/// However many newer emergencies there are whose review is not due, the old debt is found behind them.
#[tokio::test]
async fn newer_emergencies_do_not_hide_a_debt() {
    let world = world().await;
    world.requested("ann", "glass").await;
    world.fakes.clock.advance(DAY);
    for number in 0..110 {
        if number % 15 == 0 {
            world.fakes.clock.advance(60 * 60);
        }
        world.try_ask("ann", for_minutes(5)).await.unwrap();
    }
    assert_eq!(
        broken(world.try_ask("ann", ask("free")).await),
        ["review-debt"]
    );
    world.fakes.clock.advance(60 * 60);
    assert_eq!(
        broken(world.try_ask("ann", for_minutes(31)).await),
        ["duration"]
    );
}

/// It was given, however short.
#[tokio::test]
async fn giving_it_back_does_not_pay_the_debt() {
    let world = world().await;
    let grant = world.active("ann", "glass").await;
    world
        .engine
        .revoke(&caller("ann"), grant.id, None)
        .await
        .unwrap();
    world.quiet().await;
    assert_eq!(world.state(grant.id).await, State::Revoked);
    world.fakes.clock.advance(DAY);
    assert_eq!(
        broken(world.try_ask("ann", ask("free")).await),
        ["review-debt"]
    );
    let reviewed = review(&world, "rita", &grant).await.unwrap();
    assert_eq!(reviewed.state, State::Revoked);
    world.requested("ann", "free").await;
}
