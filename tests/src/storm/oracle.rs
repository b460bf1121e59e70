//! The judge: the sandbox's history of each policy, in which nobody's edit may undo another's.

use daypass_sandbox::PolicyVersion;
use serde_json::Value;

use super::Bytes;
use super::foreign::{Edit, GUEST_ROLE};
use super::world::{BROKER, FOREIGNER, World, project};

/// How the titles of Daypass's conditions begin.
pub const OURS: &str = "daypass/1 ";

/// What the history showed.
#[derive(Clone, Copy, Debug)]
pub struct Checked {
    /// Bindings of the writer under test in the final policies.
    pub bindings: usize,
    /// Edits of the foreign writers.
    pub foreign_edits: usize,
    /// What a binding of the writer under test costs.
    pub bytes: Bytes,
}

/// Checks all projects since the last reset. `title` is how the titles of the writer under test begin.
///
/// # Panics
/// Naming the version of the policy in which an edit was lost.
pub fn check(world: &World, edits: &[Vec<Edit>], title: &str) -> Checked {
    let mut sizes: Vec<usize> = Vec::new();
    for (number, edits) in edits.iter().enumerate() {
        let history = world.cloud.history(&project(number));
        let start = history
            .iter()
            .rposition(|version| version.actor == "sandbox");
        let versions = &history[start.expect("the storm begins with a reset")..];
        check_one(versions, edits, title);
        let last = versions.last().expect("the reset itself is a version");
        // One more for the comma.
        sizes.extend(with_title(&last.policy, title).map(|binding| binding.to_string().len() + 1));
    }
    Checked {
        bindings: sizes.len(),
        foreign_edits: edits.iter().map(Vec::len).sum(),
        bytes: Bytes {
            mean: sizes.iter().sum::<usize>() / sizes.len().max(1),
            most: sizes.iter().copied().max().unwrap_or(0),
        },
    }
}

fn check_one(versions: &[PolicyVersion], edits: &[Edit], title: &str) {
    let mut expected = edits.iter();
    for pair in versions.windows(2) {
        let [before, after] = pair else { continue };
        let place = after.sequence;
        assert_eq!(
            before.etag_after, after.etag_before,
            "{place}: no write without the etag of the one before"
        );
        if after.actor == BROKER {
            assert_eq!(
                without_title(&before.policy, title),
                without_title(&after.policy, title),
                "{place}: the broker changed a binding that is not its own"
            );
        } else {
            assert_eq!(after.actor, FOREIGNER, "{place}: nobody else writes");
            let edit = expected
                .next()
                .unwrap_or_else(|| panic!("{place}: an edit that was not answered with success"));
            assert_eq!(
                after.etag_after, edit.etag,
                "{place}: the edits that succeeded are those in the history"
            );
            assert_eq!(guests(&after.policy), edit.guests, "{place}");
            assert!(
                with_title(&before.policy, title).eq(with_title(&after.policy, title)),
                "{place}: the foreign writer changed a binding of the broker's"
            );
        }
    }
    assert_eq!(
        expected.next(),
        None,
        "each edit that succeeded is in the history"
    );
    if let (Some(edit), Some(last)) = (edits.last(), versions.last()) {
        assert_eq!(
            guests(&last.policy),
            edit.guests,
            "the last foreign edit stands to the end"
        );
    }
}

fn all(policy: &Value) -> impl Iterator<Item = &Value> {
    policy["bindings"].as_array().into_iter().flatten()
}

fn has_title(binding: &Value, title: &str) -> bool {
    binding["condition"]["title"]
        .as_str()
        .is_some_and(|text| text.starts_with(title))
}

fn with_title<'a>(policy: &'a Value, title: &'a str) -> impl Iterator<Item = &'a Value> {
    all(policy).filter(move |binding| has_title(binding, title))
}

fn without_title<'a>(policy: &'a Value, title: &str) -> Vec<&'a Value> {
    all(policy)
        .filter(|binding| !has_title(binding, title))
        .collect()
}

fn guests(policy: &Value) -> Vec<String> {
    let members = all(policy).filter(|binding| binding["role"] == GUEST_ROLE);
    members
        .flat_map(|binding| binding["members"].as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn version(number: u64, actor: &str, guests: &[&str], ours: usize) -> PolicyVersion {
        let mut bindings = vec![json!({"role": GUEST_ROLE, "members": guests})];
        bindings.extend((0..ours).map(
            |n| json!({"role": "r", "members": [n], "condition": {"title": format!("{OURS}{n}")}}),
        ));
        PolicyVersion {
            sequence: number,
            time: jiff::Timestamp::UNIX_EPOCH,
            actor: actor.to_owned(),
            reason: None,
            etag_before: (number - 1).to_string(),
            etag_after: number.to_string(),
            policy: json!({"bindings": bindings}),
            method: "SetIamPolicy".to_owned(),
        }
    }

    fn edit(etag: &str, guests: &[&str]) -> Edit {
        Edit {
            etag: etag.to_owned(),
            guests: guests.iter().map(|&guest| guest.to_owned()).collect(),
        }
    }

    #[test]
    fn a_history_in_which_nobody_undoes_anybody_passes() {
        let history = [
            version(1, "sandbox", &[], 0),
            version(2, FOREIGNER, &["a"], 0),
            version(3, BROKER, &["a"], 2),
            version(4, FOREIGNER, &["a", "b"], 2),
        ];
        check_one(&history, &[edit("2", &["a"]), edit("4", &["a", "b"])], OURS);
    }

    #[test]
    #[should_panic(expected = "3: the broker changed a binding that is not its own")]
    fn a_foreign_edit_that_the_broker_undoes_is_noticed() {
        let history = [
            version(1, "sandbox", &[], 0),
            version(2, FOREIGNER, &["a"], 0),
            version(3, BROKER, &[], 2),
        ];
        check_one(&history, &[edit("2", &["a"])], OURS);
    }

    #[test]
    #[should_panic(expected = "3: the foreign writer changed a binding of the broker's")]
    fn a_grant_that_the_foreign_writer_undoes_is_noticed() {
        let history = [
            version(1, "sandbox", &[], 0),
            version(2, BROKER, &[], 2),
            version(3, FOREIGNER, &["a"], 1),
        ];
        check_one(&history, &[edit("3", &["a"])], OURS);
    }

    #[test]
    #[should_panic(expected = "each edit that succeeded is in the history")]
    fn an_edit_that_succeeded_and_left_no_version_is_noticed() {
        let history = [version(1, "sandbox", &[], 0), version(2, BROKER, &[], 1)];
        check_one(&history, &[edit("3", &["a"])], OURS);
    }
}
