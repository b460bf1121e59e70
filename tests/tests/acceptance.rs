//! The register of the incumbents' cases, `docs/acceptance.md`, is complete and says what is.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::Path;

/// The cases by their letter, as they were written down; a number that is left out never was a case.
const CASES: &[(&str, &[RangeInclusive<u32>])] = &[
    ("P", &[1..=10, 12..=15, 17..=19]),
    ("A", &[1..=3, 5..=6]),
    ("C", &[1..=3, 5..=6]),
    ("E", &[1..=10]),
    ("S", &[1..=1, 3..=5]),
    ("T", &[1..=4, 6..=6]),
    ("M", &[1..=5, 7..=10]),
    (
        "G",
        &[1..=7, 9..=11, 14..=15, 17..=20, 22..=24, 26..=34, 36..=36],
    ),
    (
        "I",
        &[
            1..=27,
            29..=31,
            33..=33,
            35..=37,
            39..=39,
            41..=41,
            43..=45,
            47..=48,
            50..=52,
        ],
    ),
];

struct Row {
    id: String,
    holds: String,
    tests: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The rows of all tables of the page.
fn rows() -> Vec<Row> {
    let page = std::fs::read_to_string(root().join("docs/acceptance.md")).unwrap();
    let cells = page
        .lines()
        .filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'))
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    cells
        .filter(|cells| cells[0] != "case" && cells[0] != "---")
        .map(|cells| {
            let [id, holds, tests] = cells[..] else {
                panic!("not three cells: {cells:?}");
            };
            Row {
                id: id.into(),
                holds: holds.into(),
                tests: tests
                    .split("<br>")
                    .filter(|test| !test.is_empty())
                    .map(|test| test.trim_matches('`').to_owned())
                    .collect(),
            }
        })
        .collect()
}

#[test]
fn each_case_is_there_once() {
    let expected: BTreeSet<String> = CASES
        .iter()
        .flat_map(|(letter, ranges)| ranges.iter().map(move |range| (letter, range)))
        .flat_map(|(letter, range)| {
            range
                .clone()
                .map(move |number| format!("{letter}-{number}"))
        })
        .collect();
    let mut seen = BTreeMap::new();
    for row in rows() {
        assert!(!row.holds.is_empty(), "{} says nothing", row.id);
        *seen.entry(row.id).or_insert(0) += 1;
    }
    let twice: Vec<_> = seen.iter().filter(|(_, count)| **count != 1).collect();
    assert!(twice.is_empty(), "more than once: {twice:?}");
    assert_eq!(seen.into_keys().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn each_test_is_where_it_is_said_to_be() {
    let mut wrong = Vec::new();
    for row in rows() {
        if row.tests.is_empty() {
            wrong.push(format!("{}: no test", row.id));
        }
        for test in &row.tests {
            let found = test
                .split_once("::")
                .and_then(|(file, name)| {
                    let text = std::fs::read_to_string(root().join(file)).ok()?;
                    Some(has_test(&text, name))
                })
                .unwrap_or(false);
            if !found {
                wrong.push(format!("{}: there is no test {test}", row.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether the text has a function of this name that runs as a test: it bears a test's attribute and is not ignored.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let begins = [format!("fn {name}("), format!("async fn {name}(")];
    lines.iter().enumerate().any(|(place, line)| {
        begins.iter().any(|start| line.starts_with(start)) && {
            let attributes: Vec<&&str> = lines[..place]
                .iter()
                .rev()
                .take_while(|above| above.starts_with("#[") || above.starts_with("//"))
                .filter(|above| above.starts_with("#["))
                .collect();
            let is_test = |line: &&&str| **line == "#[test]" || line.starts_with("#[tokio::test");
            attributes.iter().any(is_test)
                && !attributes.iter().any(|line| line.starts_with("#[ignore"))
        }
    })
}

/// The check itself: it sees what is no test.
#[test]
fn a_function_alone_is_no_test() {
    let text = "
        /// It holds.
        #[test]
        fn plain() {}

        #[tokio::test(flavor = \"multi_thread\")]
        async fn waiting() {}

        #[test]
        #[ignore = \"slow\"]
        fn left_out() {}

        fn helper() {}
        // fn commented() {}
    ";
    assert!(has_test(text, "plain") && has_test(text, "waiting"));
    for name in ["left_out", "helper", "commented", "plai", "absent"] {
        assert!(!has_test(text, name), "{name}");
    }
}
