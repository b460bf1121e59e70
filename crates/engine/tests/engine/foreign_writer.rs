//! Somebody else edits the same policy all the time: no edit of either side is lost (I1, I2).

use daypass_core::state::State;
use daypass_engine::testing::Script;
use proptest::prelude::*;
use serde_json::json;

use crate::support::{ONE, World, bindings, caller, is_ours};

/// One step of a schedule.
#[derive(Debug, Clone)]
enum Step {
    /// Ours: somebody asks for a grant.
    Ask(u8),
    /// Ours: the oldest active grant is revoked.
    Revoke,
    /// The next write of ours meets this.
    Meets(u8),
    /// Somebody else adds a binding.
    ForeignAdd(u8),
    /// Somebody else removes the oldest of their bindings.
    ForeignRemove,
    /// The reconcilers run.
    Reconcile,
    /// Time goes by, in minutes.
    Pass(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<u8>().prop_map(Step::Ask),
        2 => Just(Step::Revoke),
        3 => (0..4_u8).prop_map(Step::Meets),
        2 => any::<u8>().prop_map(Step::ForeignAdd),
        1 => Just(Step::ForeignRemove),
        4 => Just(Step::Reconcile),
        1 => (1..90_u8).prop_map(Step::Pass),
    ]
}

async fn play(steps: Vec<Step>) {
    let world = World::new().await;
    world
        .fakes
        .iam
        .put(ONE, json!({"bindings": [], "fieldOfTheFuture": 1}));
    let (mut asked, mut foreign_writes) = (Vec::new(), 0);
    for step in steps {
        match step {
            Step::Ask(who) => asked.push(
                world
                    .requested(&format!("q{}", who % 40), "self-serve")
                    .await
                    .id,
            ),
            Step::Revoke => {
                for id in &asked {
                    let grant = world.grant(*id).await;
                    if grant.state == State::Active {
                        world
                            .engine
                            .revoke(
                                &daypass_engine::Caller {
                                    person: grant.terms.requester,
                                    ..caller("x")
                                },
                                *id,
                                None,
                            )
                            .await
                            .unwrap();
                        break;
                    }
                }
            }
            Step::Meets(0) => world.fakes.iam.on_set([Script::Conflict]),
            Step::Meets(1) => world.fakes.iam.on_set([Script::DoneButLost]),
            Step::Meets(2) => world.fakes.iam.on_set([Script::NotDoneAndLost]),
            Step::Meets(_) => {
                foreign_writes += 1;
                world.fakes.iam.on_set([Script::ForeignWrite(format!(
                    "user:between{foreign_writes}@example.com"
                ))]);
            }
            Step::ForeignAdd(number) => world.fakes.iam.edit(ONE, |policy| {
                let member = format!("user:foreign{number}@example.com");
                policy["bindings"]
                    .as_array_mut()
                    .unwrap()
                    .push(json!({"role": "roles/browser", "members": [member]}));
            }),
            Step::ForeignRemove => world.fakes.iam.edit(ONE, |policy| {
                let list = policy["bindings"].as_array_mut().unwrap();
                if let Some(index) = list.iter().position(|one| !is_ours(one)) {
                    list.remove(index);
                }
            }),
            Step::Reconcile => {
                world.reconcile().await;
            }
            Step::Pass(minutes) => world.fakes.clock.advance(i64::from(minutes) * 60),
        }
    }
    world.fakes.iam.calm();
    world.quiet().await;
    world.quiet().await;
    // No version loses anything of the others to us: they add or remove one at a time, and we none.
    let history = world.fakes.iam.history(ONE);
    for pair in history.windows(2) {
        let foreign = |version: &serde_json::Value| {
            bindings(version)
                .into_iter()
                .filter(|one| !is_ours(one))
                .collect::<Vec<_>>()
        };
        let (before, after) = (foreign(&pair[0]), foreign(&pair[1]));
        let ours = |version: &serde_json::Value| {
            bindings(version)
                .into_iter()
                .filter(is_ours)
                .collect::<Vec<_>>()
        };
        assert!(
            before == after || ours(&pair[0]) == ours(&pair[1]),
            "one write changed both: {pair:#?}"
        );
        assert_eq!(pair[1]["fieldOfTheFuture"], 1);
    }
    // Each grant is settled, and the policy shows exactly the live ones, once each.
    let mut live = 0;
    for id in asked {
        let grant = world.grant(id).await;
        let standing = world
            .ours(ONE)
            .iter()
            .filter(|one| {
                one["condition"]["title"]
                    .as_str()
                    .unwrap()
                    .contains(&id.to_string())
            })
            .count();
        match grant.state {
            State::Active => {
                assert_eq!(standing, 1, "{id}");
                live += 1;
            }
            State::Ended => assert!(standing <= 1, "left for its grace"),
            // Failed: it waited for ten minutes.
            State::Revoked | State::ActivationFailed => assert_eq!(standing, 0, "{id}"),
            other => panic!("{id} is {other}"),
        }
    }
    let ended = world.ours(ONE).len() - live;
    world.fakes.clock.advance(61);
    world.quiet().await;
    assert!(
        world.ours(ONE).len() <= live,
        "{ended} of ended grants were swept"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_edit_is_lost(steps in prop::collection::vec(step(), 1..24)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(play(steps));
    }
}
