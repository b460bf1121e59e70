//! The rule by examples, and by random lines.
#![expect(clippy::unwrap_used, reason = "tests")]

mod lines;

use super::*;

const A: &str = "deployer@acme-prod.iam.gserviceaccount.com";
const B: &str = "12-compute@developer.gserviceaccount.com";
const TOOLS: [Tool; 3] = [Tool::Gcloud, Tool::Kubectl, Tool::CloudSqlProxy];

/// Words of a line; `A` and `B` stand for the accounts, `''` for an empty argument.
fn words(line: &str) -> Vec<OsString> {
    let named = line.split_whitespace().map(|word| match word {
        "A" => A,
        "B" => B,
        "''" => "",
        word => word,
    });
    named.map(OsString::from).collect()
}

fn at_work(tool: Tool, line: &str) -> Split {
    split(tool, &words(line)).unwrap()
}

/// What the tool gets, and the account and the reason.
#[track_caller]
fn assert_split(tool: Tool, line: &str, rest: &str) -> OwnFlags {
    let split = at_work(tool, line);
    assert_eq!(split.rest, words(rest), "{line}");
    split.own
}

#[track_caller]
fn assert_as_a_with_why(tool: Tool, line: &str, rest: &str) -> OwnFlags {
    let own = assert_split(tool, line, rest);
    assert_eq!(own.service_account.as_ref().unwrap().as_str(), A, "{line}");
    assert_eq!(own.reason.as_deref(), Some("why"), "{line}");
    own
}

#[test]
fn flags_in_front_leave_the_rest_alone() {
    for (line, rest) in [
        (
            "-s A -R why apply -f x.yaml -p y -- -v",
            "apply -f x.yaml -p y -- -v",
        ),
        ("-s A -R why get pods -s B -R x -y", "get pods -s B -R x -y"),
        ("-sA -R why -- -s B -- -h", "-s B -- -h"),
        ("-s=A --reason=why -- --", "--"),
        ("--service-account A --reason why '' ''", "'' ''"),
        ("--service-account-email=A -Rwhy --help", "--help"),
        ("-s A -R why", ""),
        ("-s A -R why --", ""),
        ("-s A -R why - x", "- x"),
        ("-s A -R why -yes", "-yes"),
    ] {
        let line = line
            .replace("-sA", &format!("-s{A}"))
            .replace("=A", &format!("={A}"));
        assert_as_a_with_why(Tool::Kubectl, &line, rest);
    }
}

#[test]
fn every_flag_in_front() {
    let own = assert_split(
        Tool::Gcloud,
        "-s A -R why -p acme-prod --for 30m -y --server https://d.example.com --brokered \
         --grant g1 --entitlement e1 --renew --non-interactive info",
        "info",
    );
    let expected = OwnFlags {
        service_account: address::account(A),
        reason: Some("why".into()),
        project: Some("acme-prod".into()),
        lasts: Some(daypass_core::duration::Duration::minutes(30)),
        server: Some("https://d.example.com".into()),
        grant: Some("g1".into()),
        entitlement: Some("e1".into()),
        brokered: true,
        renew: true,
        yes: true,
        non_interactive: true,
        ..OwnFlags::default()
    };
    assert_eq!(own, expected);
}

#[test]
fn help_is_ours_only_as_the_first_argument() {
    for line in ["-h", "--help", "--help get pods -s A"] {
        assert!(at_work(Tool::Kubectl, line).own.help, "{line}");
    }
    for line in ["-y --help", "get -h", "-- --help"] {
        assert!(!at_work(Tool::Kubectl, line).own.help, "{line}");
    }
}

/// E-30, E-31, E-33, E-35, E-36, E-37 and E-39 of ephemeral-iam's cases.
#[test]
fn flags_later_in_the_line() {
    use Tool::{CloudSqlProxy, Gcloud, Kubectl};
    for (tool, line, rest) in [
        (
            Gcloud,
            "compute instances list --format=json -s A -R why",
            "compute instances list --format=json",
        ),
        (Kubectl, "apply -f x.yaml -s A -R why", "apply -f x.yaml"),
        (
            Kubectl,
            "-n kube-system get pods -o json -s A -R why",
            "-n kube-system get pods -o json",
        ),
        (
            Kubectl,
            "exec -it pod -s A -R why -- sh",
            "exec -it pod -- sh",
        ),
        (
            CloudSqlProxy,
            "-instances p:r:i=tcp:3306 -s A -R why",
            "-instances p:r:i=tcp:3306",
        ),
        (
            CloudSqlProxy,
            "-s A -R why -instances p:r:i=tcp:3306",
            "-instances p:r:i=tcp:3306",
        ),
        (
            CloudSqlProxy,
            "-skip_failed_instance_config -projects=acme-prod -s A -R why",
            "-skip_failed_instance_config -projects=acme-prod",
        ),
        (CloudSqlProxy, "p:r:i -p 5432 -s A -R why", "p:r:i -p 5432"),
        (Gcloud, "info -s A -R why", "info"),
        (Gcloud, "'' info -R why '' -s A ''", "'' info '' ''"),
        (
            Kubectl,
            "apply -R -f folder -s A -R why",
            "apply -R -f folder",
        ),
        (
            Kubectl,
            "apply -f folder -R -s A -R why",
            "apply -f folder -R",
        ),
        (Kubectl, "logs pod -p -s A -R why", "logs pod -p"),
        (
            Kubectl,
            "get pods -s https://server -s A -R why",
            "get pods -s https://server",
        ),
        (
            Gcloud,
            "compute instances create vm --service-account B -s A -R why",
            "compute instances create vm --service-account B",
        ),
        (
            Kubectl,
            "exec pod -s A -R why -- -s B -R x",
            "exec pod -- -s B -R x",
        ),
    ] {
        assert_as_a_with_why(tool, line, rest);
    }
    let own = assert_as_a_with_why(
        Gcloud,
        "projects list --project other-project -s A -R why --yes",
        "projects list",
    );
    assert_eq!(
        (own.project.as_deref(), own.yes),
        (Some("other-project"), true)
    );
    let own = assert_as_a_with_why(Gcloud, "-y --for 30m info -s A -R why -y", "info");
    assert!(
        own.yes && own.lasts.is_some(),
        "flags in front may name no account"
    );
}

#[test]
fn without_an_account_nothing_is_taken_later() {
    for line in [
        "get pods -s https://server",
        "get pods -s https://a@server.example.com -R why -p acme-prod -y",
        "apply -R -f folder -y",
        "logs pod -p acme-prod",
        "exec pod -- -s A -R why",
        "get pods -s",
        "get pods -- -s A",
        "-instances p:r:i=tcp:3306",
        "-s",
    ] {
        if line == "-s" {
            let refused = split(Tool::Kubectl, &words(line));
            assert_eq!(refused, Err(ArgumentError::NoValue("-s")));
        } else {
            assert_split(Tool::Kubectl, line, line);
        }
    }
    // `--` in front ends the matter.
    assert_split(Tool::Kubectl, "-- get pods -s A", "get pods -s A");
    assert_split(Tool::Kubectl, "-y -- get pods -s A", "get pods -s A");
}

#[test]
fn what_is_wrong_is_told_with_the_next_step() {
    for (line, said) in [
        (
            "-s A -s B info",
            format!("-s stands twice: '{A}' and '{B}'"),
        ),
        (
            "info -s A -s B",
            format!("-s stands twice: '{A}' and '{B}'"),
        ),
        (
            "info -R one -s A -R two",
            "-R stands twice: 'one' and 'two'".into(),
        ),
        (
            "-R one info -s A -R two",
            "-R stands twice: 'one' and 'two'".into(),
        ),
        ("-s A -R", "-R needs a value".into()),
        ("-s -R why info", "-s needs a value".into()),
        ("-R -- info", "-R needs a value".into()),
        (
            "-s https://server get pods",
            "'https://server' is not the address of a service account".into(),
        ),
        (
            "-s '' get pods",
            "'' is not the address of a service account".into(),
        ),
        ("-p 5432", "'5432' is not the id of a project".into()),
        ("--yes=true info", "-y takes no value".into()),
        (
            "--direct --brokered info",
            "--direct and --brokered exclude each other".into(),
        ),
    ] {
        let error = split(Tool::Gcloud, &words(line)).unwrap_err();
        assert_eq!(error.to_string(), said, "{line}");
        assert!(!error.hint().is_empty());
    }
    let error = split(Tool::Gcloud, &words("--for 90 info")).unwrap_err();
    assert!(error.to_string().starts_with("--for: "), "{error}");
}

/// Whoever reads the help knows every flag.
#[test]
fn the_rule_names_every_flag() {
    for (long, _) in own::LONG {
        assert!(RULE.contains(&format!("--{long}")), "{long}");
    }
}

#[test]
fn as_ephemeral_iam_the_account_may_be_left_to_its_default() {
    for (line, rest) in [
        ("info -R why", "info"),
        ("-R why -y info --format=json", "info --format=json"),
        ("exec -it pod -R why -- sh -R x", "exec -it pod -- sh -R x"),
        ("-R why -- sh", "-- sh"),
    ] {
        let split = split_like_ephemeral_iam(&words(line)).unwrap();
        assert_eq!(split.rest, words(rest), "{line}");
        assert_eq!(split.own.reason.as_deref(), Some("why"), "{line}");
        assert_eq!(split.own.service_account, None);
    }
}
