//! Tokens that the server mints: check, record, mint, record.

use std::sync::Arc;
use std::time::Duration as Wait;

use daypass_core::audit::{Action, Recorded};
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::grant::{Grant, TransitionError};
use daypass_core::ids::GrantId;
use daypass_core::state::State;
use daypass_engine::ports::{IamError, StoreError};
use daypass_engine::testing::{Repeatable, keyring};
use daypass_engine::{
    Caller, Engine, Error, HandedToken, Ports, Settings, TOKENS_A_MINUTE, TokenWish,
};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::frail_store::FrailStore;
use crate::support::{ENTITLEMENTS, World, caller, catalogue};

const DEPLOYER: &str = "deployer@acme-one.iam.gserviceaccount.com";
const READER: &str = "reader@acme-one.iam.gserviceaccount.com";

const ACCOUNTS: &str = r"
  - id: deployer
    requesters: [group:sre@example.com]
    owner: user:olga@example.com
    privileges: [{impersonate: deployer@acme-one.iam.gserviceaccount.com}]
    duration: {default: 1h, max: 4h}
    approval: none
  - id: two-accounts
    requesters: [group:sre@example.com]
    privileges:
      - {impersonate: deployer@acme-one.iam.gserviceaccount.com, token: {max: 1h}}
      - {impersonate: reader@acme-one.iam.gserviceaccount.com, token: {max: 5m}}
    duration: {default: 1h, max: 4h}
    approval: none
  - id: by-binding
    requesters: [group:sre@example.com]
    privileges: [{impersonate: deployer@acme-one.iam.gserviceaccount.com, via: binding}]
    duration: {default: 1h, max: 4h}
    approval: none
  - id: agreed
    requesters: [group:sre@example.com]
    beneficiaries: ['user:new@example.com']
    privileges: [{impersonate: deployer@acme-one.iam.gserviceaccount.com}]
    duration: {default: 1h, max: 4h}
    approval: {expires: 4h, steps: [{approvers: [group:leads@example.com]}]}
";

async fn world() -> World {
    let world = World::new().await;
    let all = catalogue(&format!("{ENTITLEMENTS}{ACCOUNTS}"));
    world.engine.replace_catalogue(all);
    world
}

fn plain() -> TokenWish {
    TokenWish::default()
}

fn wish(account: Option<&str>, lifetime: Option<&str>) -> TokenWish {
    TokenWish {
        service_account: account.map(|account| Email::parse(account).unwrap()),
        lifetime: lifetime.map(|text| Duration::parse(text).unwrap()),
    }
}

async fn token(world: &World, who: &str, grant: &Grant) -> Result<HandedToken, Error> {
    world.engine.token(&caller(who), grant.id, &plain()).await
}

/// What was recorded of tokens.
async fn told(world: &World) -> Vec<Recorded> {
    let trail = world.trail().await;
    let of_tokens = |one: &Recorded| one.entry.action.as_str().starts_with("token_");
    trail.into_iter().filter(of_tokens).collect()
}

async fn actions(world: &World) -> Vec<Action> {
    let told = told(world).await;
    told.iter().map(|one| one.entry.action).collect()
}

fn seconds_of(world: &World, minted: usize) -> u64 {
    world.fakes.mint.wanted()[minted].lifetime.seconds()
}

#[tokio::test]
async fn the_beneficiary_gets_a_token_that_is_recorded_twice_and_shown_nowhere() {
    let world = world().await;
    let grant = world.active("ann", "deployer").await;
    let handed = token(&world, "ann", &grant).await.unwrap();
    let end = grant.window.unwrap().end;
    assert_eq!(handed.token.secret().expose_secret(), "canary-token-1");
    assert_eq!(
        (
            handed.service_account.as_str(),
            handed.grant,
            handed.grant_ends_at
        ),
        (DEPLOYER, grant.id, end)
    );
    let ends = world.engine.now() + Duration::minutes(10).signed();
    assert_eq!(handed.token.expires_at(), ends);

    let wanted = world.fakes.mint.wanted();
    assert_eq!(
        serde_json::to_value(&wanted[0].scopes).unwrap(),
        json!([
            "https://www.googleapis.com/auth/cloud-platform",
            "https://www.googleapis.com/auth/userinfo.email"
        ])
    );
    let reason = format!("daypass {}: INC-1 the disk is full", grant.id);
    assert_eq!(
        (wanted[0].reason.as_str(), handed.reason.as_str()),
        (reason.as_str(), reason.as_str())
    );

    let told = told(&world).await;
    assert_eq!(
        actions(&world).await,
        [Action::TokenIntended, Action::TokenMinted]
    );
    for one in &told {
        assert_eq!(one.entry.actor.to_string(), "ann@example.com");
        assert_eq!(one.entry.grant, Some(grant.id));
        assert_eq!(one.entry.detail["service_account"], DEPLOYER);
        assert_eq!(one.entry.detail["minting"], told[0].entry.detail["minting"]);
    }
    assert_eq!(told[0].entry.detail["lifetime"], "10m");
    assert_eq!(told[1].entry.detail["expires_at"], ends.to_string());

    let kept = world.grant(grant.id).await;
    assert_eq!(kept.last_token_ends, Some(ends));
    let everything = format!("{handed:?} {kept:?} {:?}", world.trail().await);
    assert!(!everything.contains("canary"), "{everything}");
}

#[tokio::test]
async fn the_account_and_the_lifetime_are_those_of_the_terms() {
    let world = world().await;
    let grant = world.active("ann", "two-accounts").await;
    let ask = |account, lifetime| {
        let (engine, wish, id) = (world.engine.clone(), wish(account, lifetime), grant.id);
        async move { engine.token(&caller("ann"), id, &wish).await }
    };
    for (account, lifetime, seconds) in [
        (DEPLOYER, None, 600),
        (DEPLOYER, Some("90s"), 90),
        (DEPLOYER, Some("2h"), 3_595),
        (READER, None, 300),
        (READER, Some("1h"), 300),
    ] {
        let handed = ask(Some(account), lifetime).await.unwrap();
        assert_eq!(handed.service_account.as_str(), account);
        let minted = world.fakes.mint.wanted().len() - 1;
        assert_eq!(
            seconds_of(&world, minted),
            seconds,
            "{account} {lifetime:?}"
        );
    }
    let many = ask(None, None).await.unwrap_err();
    assert!(many.hint().unwrap().contains(READER), "{many:?}");
    let other = "root@acme-one.iam.gserviceaccount.com";
    for (account, lifetime) in [(Some(other), None), (Some(DEPLOYER), Some("9s"))] {
        let refused = ask(account, lifetime).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    }
    // Its last seconds are nobody's.
    world.fakes.clock.advance(3_600 - 120);
    ask(Some(DEPLOYER), None).await.unwrap();
    assert_eq!(seconds_of(&world, 5), 115);
    world.fakes.clock.advance(120 - 14);
    let late = ask(Some(DEPLOYER), None).await.unwrap_err();
    assert!(
        matches!(late, Error::State(TransitionError::AboutOver(_))),
        "{late:?}"
    );
    assert!(late.hint().unwrap().contains("extend"));
    // Over, and no reconciler has noticed yet.
    world.fakes.clock.advance(3_600);
    assert!(ask(Some(DEPLOYER), None).await.is_err());
    assert_eq!(
        world.fakes.mint.wanted().len(),
        6,
        "nothing else was minted"
    );
}

#[tokio::test]
async fn nobody_else_gets_one() {
    let world = world().await;
    let grant = world.active("ann", "deployer").await;
    // An outsider does not learn that there is such a grant; the owner sees it, and takes no token.
    let outsider = token(&world, "eve", &grant).await;
    assert!(
        matches!(outsider, Err(Error::NotFound { .. })),
        "{outsider:?}"
    );
    let owner = token(&world, "olga", &grant).await;
    assert!(matches!(owner, Err(Error::Denied(_))), "{owner:?}");
    // An address that was given to somebody else.
    let mut successor = caller("ann");
    successor.person.subject = "another".into();
    let successor = world.engine.token(&successor, grant.id, &plain()).await;
    assert!(matches!(successor, Err(Error::Denied(_))), "{successor:?}");
    // Who asked for somebody else does not receive it.
    let mut asked = crate::support::ask("agreed");
    asked.beneficiary = Some("user:new@example.com".parse().unwrap());
    let given = world.try_ask("ann", asked).await.unwrap();
    world.approve("leo", given.id).await.unwrap();
    world.quiet().await;
    let asker = token(&world, "ann", &given).await;
    assert!(matches!(asker, Err(Error::Denied(_))), "{asker:?}");
    assert!(world.fakes.mint.wanted().is_empty() && told(&world).await.is_empty());
    token(&world, "new", &given).await.unwrap();
    // Who was taken out of the group keeps what they have until it ends, as with a binding.
    world
        .fakes
        .groups
        .remove("sre@example.com", "ann@example.com");
    token(&world, "ann", &grant).await.unwrap();
    // The entitlement may be gone: a grant lives on its own terms.
    world.engine.replace_catalogue(catalogue(ENTITLEMENTS));
    token(&world, "ann", &grant).await.unwrap();
}

#[tokio::test]
async fn only_while_it_is_active() {
    let world = world().await;
    let waiting = world.requested("ann", "agreed").await;
    let refused = token(&world, "ann", &waiting).await.unwrap_err();
    assert!(
        matches!(
            refused,
            Error::State(TransitionError::NoTokens(State::ApprovalAwaited))
        ),
        "{refused:?}"
    );
    let grant = world.active("ann", "deployer").await;
    world
        .engine
        .revoke(&caller("ann"), grant.id, None)
        .await
        .unwrap();
    let refused = token(&world, "ann", &grant).await.unwrap_err();
    assert!(matches!(
        refused,
        Error::State(TransitionError::NoTokens(State::Revoked))
    ));
    let by_binding = world.active("ann", "by-binding").await;
    let roles = world.active("ann", "self-serve").await;
    for grant in [by_binding, roles] {
        let refused = token(&world, "ann", &grant).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    }
    assert!(world.fakes.mint.wanted().is_empty());
}

#[tokio::test]
async fn a_grant_that_was_extended_stands_for_its_extension() {
    let world = world().await;
    let first = world.active("ann", "deployer").await;
    let mut last = first.clone();
    for _ in 0..2 {
        last = world
            .engine
            .extend(&caller("ann"), last.id, None, None, None)
            .await
            .unwrap();
        world.quiet().await;
    }
    let handed = token(&world, "ann", &first).await.unwrap();
    assert_eq!(handed.grant, last.id);
    assert!(handed.reason.as_str().contains(&last.id.to_string()));
    assert_eq!(
        handed.grant_ends_at,
        world.grant(last.id).await.window.unwrap().end
    );
    let told = told(&world).await;
    assert!(told.iter().all(|one| one.entry.grant == Some(last.id)));
}

/// Asks in the background, and waits until Google is asked.
async fn asking(
    world: &World,
    engine: &Engine,
    id: GrantId,
) -> tokio::task::JoinHandle<Result<HandedToken, Error>> {
    world.fakes.mint.hold();
    let before = world.fakes.mint.wanted().len();
    let engine = engine.clone();
    let asked = tokio::spawn(async move { engine.token(&caller("ann"), id, &plain()).await });
    while world.fakes.mint.wanted().len() == before {
        tokio::time::sleep(Wait::from_millis(1)).await;
    }
    asked
}

#[tokio::test]
async fn a_grant_that_is_revoked_while_google_mints_gives_no_token() {
    let world = world().await;
    let grant = world.active("ann", "deployer").await;
    let asked = asking(&world, &world.engine, grant.id).await;
    assert_eq!(actions(&world).await, [Action::TokenIntended], "I12");
    world
        .engine
        .revoke(&caller("olga"), grant.id, Some("no".into()))
        .await
        .unwrap();
    world.fakes.mint.release();
    let refused = asked.await.unwrap().unwrap_err();
    assert!(
        matches!(
            refused,
            Error::State(TransitionError::NoTokens(State::Revoked))
        ),
        "{refused:?}"
    );
    assert_eq!(
        actions(&world).await,
        [Action::TokenIntended, Action::TokenWithheld]
    );
    assert_eq!(world.grant(grant.id).await.last_token_ends, None);
}

/// I20: of a revocation and many who ask at that moment, each has its place in the record, and no token comes after the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tokens_and_a_revocation_at_once() {
    let world = world().await;
    let grant = world.active("ann", "deployer").await;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..TOKENS_A_MINUTE {
        let (engine, id) = (world.engine.clone(), grant.id);
        asking.spawn(async move { engine.token(&caller("ann"), id, &plain()).await });
    }
    let owner = caller("olga");
    let (revoked, answers) = tokio::join!(
        world.engine.revoke(&owner, grant.id, None),
        asking.join_all()
    );
    revoked.unwrap();
    let trail = world.trail().await;
    let revocation = trail
        .iter()
        .position(|one| one.entry.action == Action::RevocationBegun)
        .unwrap();
    let of = |action| {
        let found = trail.iter().enumerate();
        let found = found.filter(move |(_, one)| one.entry.action == action);
        found.map(|(place, one)| (place, one.entry.detail["minting"].to_string()))
    };
    let handed_out = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(of(Action::TokenMinted).count(), handed_out);
    assert!(of(Action::TokenMinted).all(|(place, _)| place < revocation));
    for (_, minting) in of(Action::TokenIntended) {
        let outcomes = of(Action::TokenMinted).chain(of(Action::TokenWithheld));
        let outcomes = outcomes.filter(|(_, one)| *one == minting).count();
        assert_eq!(outcomes, 1, "{minting}");
    }
}

/// Google's word on its end counts: a mint that took long, or a clock that was wrong, gives no token past the end.
#[tokio::test]
async fn a_token_that_would_outlive_its_grant_is_thrown_away() {
    let world = world().await;
    let grant = world.active("ann", "deployer").await;
    world.fakes.clock.advance(3_600 - 60);
    world.fakes.mint.delay(6);
    let refused = token(&world, "ann", &grant).await.unwrap_err();
    assert!(
        matches!(refused, Error::State(TransitionError::TokenOutlives { .. })),
        "{refused:?}"
    );
    world.fakes.mint.delay(5);
    let handed = token(&world, "ann", &grant).await.unwrap();
    assert_eq!(handed.token.expires_at(), grant.window.unwrap().end);
}

#[tokio::test]
async fn who_hangs_up_leaves_a_complete_record() {
    let world = world().await;
    let grant = world.active("ann", "deployer").await;
    let asked = asking(&world, &world.engine, grant.id).await;
    asked.abort();
    assert!(asked.await.unwrap_err().is_cancelled());
    world.fakes.mint.release();
    while actions(&world).await.len() < 2 {
        tokio::time::sleep(Wait::from_millis(1)).await;
    }
    assert_eq!(
        actions(&world).await,
        [Action::TokenIntended, Action::TokenMinted]
    );
}

#[tokio::test]
async fn a_google_that_never_answers_is_not_waited_for() {
    let world = world().await;
    let grant = world.active("ann", "deployer").await;
    let asked = asking(&world, &world.engine, grant.id).await;
    tokio::time::pause();
    tokio::time::advance(Wait::from_secs(21)).await;
    tokio::time::resume();
    let refused = asked.await.unwrap().unwrap_err();
    assert!(
        matches!(
            &refused,
            Error::NoToken {
                said: IamError::Unavailable { .. },
                ..
            }
        ),
        "{refused:?}"
    );
    assert_eq!(
        actions(&world).await,
        [Action::TokenIntended, Action::TokenRefused]
    );
}

#[tokio::test]
async fn what_google_says_is_told_and_recorded() {
    let world = world().await;
    let grant = world.active("ann", "deployer").await;
    let words =
        "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).";
    world.fakes.mint.fail(IamError::Forbidden {
        message: words.into(),
        permission: Some("iam.serviceAccounts.getAccessToken".into()),
    });
    let refused = token(&world, "ann", &grant).await.unwrap_err();
    assert!(refused.to_string().contains(words), "{refused}");
    assert!(refused.to_string().contains(DEPLOYER), "{refused}");
    assert!(refused.hint().unwrap().contains("--print-iam"));
    let told = told(&world).await;
    assert_eq!(told[1].entry.action, Action::TokenRefused);
    assert!(
        told[1].entry.detail["why"]
            .as_str()
            .unwrap()
            .contains(words)
    );
    assert_eq!(world.state(grant.id).await, State::Active);
    token(&world, "ann", &grant).await.unwrap();
}

#[tokio::test]
async fn a_grant_gives_so_many_in_a_minute() {
    let world = world().await;
    let (one, other) = (
        world.active("ann", "deployer").await,
        world.active("abe", "deployer").await,
    );
    for _ in 0..TOKENS_A_MINUTE {
        token(&world, "ann", &one).await.unwrap();
    }
    let refused = token(&world, "ann", &one).await.unwrap_err();
    assert!(
        matches!(
            refused,
            Error::TooManyTokens {
                retry_after_seconds: 60,
                ..
            }
        ),
        "{refused:?}"
    );
    token(&world, "abe", &other).await.unwrap();
    assert_eq!(told(&world).await.len(), 2 * (TOKENS_A_MINUTE + 1));
    world.fakes.clock.advance(60);
    token(&world, "ann", &one).await.unwrap();
}

/// The same world over a store that fails.
fn over(world: &World, store: &Arc<FrailStore>) -> Engine {
    let fakes = &world.fakes;
    let ports = Ports {
        store: store.clone(),
        iam: fakes.iam.clone(),
        directory: fakes.groups.clone(),
        projects: fakes.projects.clone(),
        permissions: fakes.roles.clone(),
        tokens: fakes.mint.clone(),
        clock: fakes.clock.clone(),
        random: Arc::new(Repeatable::default()),
    };
    let all = catalogue(&format!("{ENTITLEMENTS}{ACCOUNTS}"));
    Engine::new(ports, keyring(), all, Settings::default())
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_minted_or_not_handed_out() {
    let world = world().await;
    let grant = world.active("ann", "deployer").await;
    let frail = Arc::new(FrailStore::around(world.store.clone()));
    let engine = over(&world, &frail);
    let ask = async |who: &Caller| engine.token(who, grant.id, &plain()).await;

    frail.fail_after(0);
    let refused = ask(&caller("ann")).await.unwrap_err();
    assert!(
        matches!(refused, Error::Store(StoreError::Full(_))),
        "{refused:?}"
    );
    assert!(world.fakes.mint.wanted().is_empty(), "I12");

    frail.fail_after(1);
    let refused = ask(&caller("ann")).await.unwrap_err();
    assert!(
        matches!(refused, Error::Store(StoreError::Full(_))),
        "{refused:?}"
    );
    assert_eq!(world.fakes.mint.wanted().len(), 1);
    assert_eq!(actions(&world).await, [Action::TokenIntended]);
    assert_eq!(world.grant(grant.id).await.last_token_ends, None);

    frail.fail_after(usize::MAX);
    ask(&caller("ann")).await.unwrap();
}
