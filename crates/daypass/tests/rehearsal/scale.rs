//! Large organisations.

use std::fmt::Write as _;
use std::ops::Range;

use crate::folder::Folder;

const ENTITLEMENTS: usize = 10_000;

/// How many of them stand in one file: a file is bounded.
const A_FILE: usize = 500;

fn entitlements(max: &str, numbers: Range<usize>) -> String {
    let mut text = "apiVersion: daypass/v1\nentitlements:\n".to_owned();
    for number in numbers {
        let group = number % 500;
        writeln!(
            text,
            "  - {{id: e-{number}, requesters: [group:g{group}@example.com], privileges: [{{resource: projects/project-{number}, roles: [roles/storage.admin]}}], duration: {{max: {max}}}, approval: {{steps: [{{approvers: [peers]}}]}}}}"
        )
        .unwrap();
    }
    text
}

/// Ten thousand entitlements, all of which changed, and fifty people in each of five hundred groups.
#[test]
fn everything_changed() {
    let mut groups = "groups:\n".to_owned();
    for group in 0..500 {
        let people: Vec<String> = (0..50)
            .map(|one| format!("p{group}-{one}@example.com"))
            .collect();
        writeln!(groups, "  g{group}@example.com: [{}]", people.join(", ")).unwrap();
    }
    let folder = Folder::with(&[("groups.yaml", &groups)]);
    for (version, max) in [("old", "4h"), ("new", "8h")] {
        for start in (0..ENTITLEMENTS).step_by(A_FILE) {
            let name = format!("{version}/{start}.yaml");
            folder.write(&name, &entitlements(max, start..start + A_FILE));
        }
    }
    let done = folder.run(&["diff", "old", "new", "--groups", "groups.yaml"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let summary = done.stdout.lines().last().unwrap();
    assert!(summary.contains("500000 easier or longer"), "{summary}");
}
