//! Random lines.

use std::os::unix::ffi::OsStringExt as _;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

/// Any bytes that a process can be given: no zero among them.
fn any_argument() -> impl Strategy<Value = OsString> {
    let bytes = vec(1u8..=255, 0..12).prop_map(OsString::from_vec);
    let known = select(vec![
        "",
        "-",
        "--",
        "-s",
        "-R",
        "-p",
        "-y",
        "-h",
        "--help",
        "--yes",
        "--reason",
        "--project",
        "-sx",
        "--service-account-email",
        "--service-account",
        "--reason=x",
        "--project=acme-prod",
        "-yes",
        A,
        "-instances",
        "-instances=p:r:i",
        "--for",
        "--for=30m",
        "--server",
        "--direct",
        "--yes=1",
        "-f",
        "https://server",
        "acme-prod",
        "5432",
        "apply",
        "-Rf",
        "-projects",
        "é",
    ]);
    prop_oneof![bytes, known.prop_map(OsString::from)]
}

fn any_line() -> impl Strategy<Value = Vec<OsString>> {
    vec(any_argument(), 0..12)
}

/// An argument that is none of our flags: there the tool's begin.
fn any_command() -> impl Strategy<Value = OsString> {
    let flags = select(vec![
        "-",
        "-n",
        "-f",
        "-instances",
        "-yes",
        "-it",
        "--format=json",
        "--projects",
        "--yesterday",
        "--for-real",
        "-é",
    ]);
    let plain = any_argument().prop_map(|word| {
        let is_flag = word.as_encoded_bytes().starts_with(b"-");
        if is_flag { "get".into() } else { word }
    });
    prop_oneof![plain, flags.prop_map(OsString::from)]
}

fn any_tool() -> impl Strategy<Value = Tool> {
    select(TOOLS.to_vec())
}

/// One of our flags with a good value, in every way of writing it. Each kind comes once at most.
fn front() -> impl Strategy<Value = Vec<OsString>> {
    let account = select(vec![
        vec!["-s".to_owned(), A.into()],
        vec![format!("-s{A}")],
        vec![format!("-s={A}")],
        vec!["--service-account".into(), A.into()],
        vec![format!("--service-account={A}")],
        vec!["--service-account-email".into(), A.into()],
        vec![format!("--service-account-email={A}")],
    ]);
    let other = [
        &["-R", "why"] as &[_],
        &["--reason=-x y"],
        &["-p", "acme-prod"],
        &["--project=acme-prod"],
        &["--for", "30m"],
        &["-y"],
        &["--yes"],
        &["--server", "https://d.example.com"],
        &["--brokered"],
        &["--direct"],
        &["--grant=g"],
        &["--entitlement", "e"],
        &["--renew"],
        &["--non-interactive"],
    ]
    .map(|words| words.iter().map(ToString::to_string).collect::<Vec<_>>());
    let chosen = proptest::sample::subsequence(other.to_vec(), 0..6).prop_filter(
        "each flag once, and one way",
        |flags| {
            let has = |name: &str| flags.iter().any(|words| words[0].starts_with(name));
            !(has("-R") && has("--reason")
                || has("-p") && has("--project")
                || has("--direct") && has("--brokered"))
        },
    );
    (account, chosen, any::<Index>()).prop_map(|(account, mut flags, place)| {
        flags.insert(place.index(flags.len() + 1), account);
        flags.concat().into_iter().map(OsString::from).collect()
    })
}

/// A line of a tool that has no flag of ephemeral-iam's names, with nothing that our flags in front could be.
fn tool_line() -> impl Strategy<Value = Vec<OsString>> {
    let is_eiams = |argument: &OsString| {
        let bytes = argument.as_encoded_bytes();
        [b"-s".as_slice(), b"-R", b"-p", b"-y", b"-h"]
            .iter()
            .any(|name| bytes.starts_with(name))
            || bytes.starts_with(b"--")
    };
    vec(any_argument(), 0..8).prop_map(move |mut line| {
        line.retain(|argument| !is_eiams(argument));
        line.insert(0, "get".into());
        line
    })
}

fn eiams_flags() -> impl Strategy<Value = Vec<Vec<OsString>>> {
    let of = |forms: &[&[&str]]| {
        let owned = forms
            .iter()
            .map(|words| words.iter().map(OsString::from).collect::<Vec<_>>())
            .collect::<Vec<_>>();
        select(owned)
    };
    let attached = format!("-s{A}");
    let long = format!("--service-account-email={A}");
    let account = of(&[
        &["-s", A],
        &[&attached],
        &[&long],
        &["--service-account-email", A],
    ]);
    let reason = of(&[
        &["-R", "why"],
        &["--reason", "why"],
        &["--reason=why"],
        &["-R=why"],
    ]);
    let project = of(&[
        &["-p", "acme-prod"],
        &["--project", "acme-prod"],
        &["--project=acme-prod"],
    ]);
    let yes = of(&[&["-y"], &["--yes"]]);
    (account, reason, project, yes).prop_map(|(a, b, c, d)| vec![a, b, c, d])
}

proptest! {
    #[test]
    fn with_our_flags_in_front_the_rest_is_what_followed(
        tool in any_tool(), front in front(), command in any_command(), line in any_line(),
    ) {
        let rest = [vec![command], line].concat();
        let split = split(tool, &[front, rest.clone()].concat()).unwrap();
        prop_assert_eq!(split.rest, rest);
        prop_assert!(split.own.service_account.is_some());
    }

    #[test]
    fn with_dashes_behind_our_flags_the_rest_is_what_followed(
        tool in any_tool(), front in front(), has_front in any::<bool>(), rest in any_line(),
    ) {
        let front = if has_front { front } else { Vec::new() };
        let split = split(tool, &[front, vec!["--".into()], rest.clone()].concat()).unwrap();
        prop_assert_eq!(split.rest, rest);
    }

    #[test]
    fn flags_of_ephemeral_iam_leave_the_others_in_order(
        tool in any_tool(),
        line in tool_line(),
        flags in eiams_flags(),
        places in vec(any::<Index>(), 4),
        behind in proptest::option::of(any_line()),
    ) {
        // Each stands somewhere behind the command; those before it stay together with their values.
        let mut inserted: Vec<Vec<OsString>> = line.iter().map(|word| vec![word.clone()]).collect();
        for (flag, place) in flags.into_iter().zip(places) {
            let place = 1 + place.index(inserted.len());
            inserted.insert(place, flag);
        }
        let behind = behind.map_or_else(Vec::new, |words| [vec!["--".into()], words].concat());
        let whole = [inserted.concat(), behind.clone()].concat();
        let split = split(tool, &whole).unwrap();
        prop_assert_eq!(split.rest, [line, behind].concat());
        prop_assert_eq!(split.own.service_account, address::account(A));
        prop_assert_eq!(split.own.reason.unwrap(), "why");
        prop_assert_eq!(split.own.project.unwrap(), "acme-prod");
        prop_assert!(split.own.yes);
    }

    /// Whatever is given: no panic, and what the tool gets is what stood there, in its order.
    #[test]
    fn any_bytes_give_a_part_of_what_was_given(tool in any_tool(), line in any_line()) {
        for split in [split(tool, &line), split_like_ephemeral_iam(&line)].into_iter().flatten() {
            let mut given = line.iter();
            prop_assert!(split.rest.iter().all(|word| given.any(|given| given == word)));
        }
    }
}
