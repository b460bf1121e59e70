//! Its lines, and ours.
#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

const A: &str = "deployer@acme-prod.iam.gserviceaccount.com";

fn words(line: &str) -> Vec<OsString> {
    let word = |word: &str| if word == "A" { A.into() } else { word.into() };
    line.split_whitespace().map(word).collect()
}

fn ours(line: &str) -> Result<Translated, Error> {
    translate(&words(line), &Defaults::default())
}

#[track_caller]
fn assert_ours(theirs: &str, expected: &str) {
    assert_eq!(
        ours(theirs).unwrap(),
        Translated::Words(words(expected)),
        "{theirs}"
    );
}

#[test]
fn sessions() {
    for (theirs, expected) in [
        (
            "assume-privileges -s A -R why -p acme-prod",
            "assume -s A -R why -p acme-prod",
        ),
        ("priv -R why -s A", "assume -R why -s A"),
        (
            "priv -sA -R=why --project=acme-prod -y",
            "-y assume -s A -R why -p acme-prod",
        ),
        (
            "-yp acme-prod priv --service-account-email A --reason why",
            "-y assume -p acme-prod -s A -R why",
        ),
        ("priv", "assume"),
        ("priv --help", "assume --help"),
        ("priv -s A -R why -- ls -R", "assume -s A -R why -- ls -R"),
    ] {
        assert_ours(&theirs.replace("-sA", &format!("-s{A}")), expected);
    }
}

#[test]
fn wrappers() {
    for (theirs, expected) in [
        (
            "gcloud compute instances list --format=json -s A -R why",
            "gcloud -s A --reason=why -- compute instances list --format=json",
        ),
        (
            "-y gcloud info -s A -R why",
            "-y gcloud -s A --reason=why -- info",
        ),
        ("gcloud info -R why", "gcloud --reason=why -- info"),
        ("gcloud info", "gcloud -- info"),
        ("gcloud --help", "gcloud --help"),
        (
            "kubectl apply -f x.yaml -s A -R why -p acme-prod --yes",
            "kubectl -s A -p acme-prod --reason=why -y -- apply -f x.yaml",
        ),
        (
            "kubectl exec -it pod -s A -R why -- sh -R x",
            "kubectl -s A --reason=why -- exec -it pod -- sh -R x",
        ),
        (
            "cloud_sql_proxy -instances p:r:i=tcp:3306 -s A -R why",
            "cloud_sql_proxy -s A --reason=why -- -instances p:r:i=tcp:3306",
        ),
        ("-f json gcloud info -s A", "-o json gcloud -s A -- info"),
    ] {
        assert_ours(theirs, expected);
    }
    assert!(ours("gcloud info -s A -s A").is_err());
}

#[test]
fn questions() {
    for (theirs, expected) in [
        ("list", "list-service-accounts"),
        (
            "list-service-accounts -p acme-prod -f json",
            "-o json list-service-accounts -p acme-prod",
        ),
        ("-f debug ls", "-o table list-service-accounts"),
        (
            "query-permissions compute-instance -i vm -z europe-west1-b -p acme-prod -s A -R why",
            "query-permissions compute-instance vm -z europe-west1-b -p acme-prod -s A -R why",
        ),
        (
            "query-permissions project -p acme-prod",
            "query-permissions project acme-prod",
        ),
        ("query-permissions project", "query-permissions project"),
        (
            "query-permissions pubsub --topic t1 -p acme-prod",
            "query-permissions pubsub-topic t1 -p acme-prod",
        ),
        (
            "query-permissions service-account -s A -p acme-prod",
            "query-permissions service-account A -p acme-prod",
        ),
        (
            "query-permissions storage-bucket -b b1 -s A",
            "query-permissions bucket b1 -s A",
        ),
        (
            "query-permissions secret s1 -p acme-prod",
            "query-permissions secret s1 -p acme-prod",
        ),
        ("query-permissions", "query-permissions"),
    ] {
        assert_ours(theirs, expected);
    }
    let defaults = Defaults {
        format: LoggingFormat::Json,
        project: Some("acme-prod".into()),
    };
    let translated = translate(&words("query-permissions project"), &defaults).unwrap();
    let expected = words("-o json query-permissions project acme-prod");
    assert_eq!(translated, Translated::Words(expected));
}

#[test]
fn settings_and_plugins() {
    for (theirs, expected) in [
        (
            "default-sa set -p acme-prod",
            "default-service-accounts set -p acme-prod",
        ),
        (
            "default-sa set -p acme-prod -s a@acme-prod.iam.gserviceaccount.com",
            "default-service-accounts set -p acme-prod a@acme-prod.iam.gserviceaccount.com",
        ),
        (
            "default-service-accounts list",
            "default-service-accounts list",
        ),
        ("config", "config"),
        (
            "config set logging.level debug",
            "config set logging.level debug",
        ),
        (
            "config view logging.level --format json",
            "-o json config view logging.level",
        ),
        ("plugins list", "plugins list"),
        (
            "plugins install -u https://x.test/y --sha256 z",
            "plugins install --sha256 z https://x.test/y",
        ),
        ("plugins remove hello", "plugins remove hello"),
        ("version", "version"),
        ("completion bash", "completions bash"),
        ("-y hello -s A -f x -- -y", "-y hello -s A -f x -- -y"),
    ] {
        assert_ours(theirs, expected);
    }
    for line in ["", "help", "-h", "--help priv", "-y", "help priv"] {
        assert_eq!(ours(line).unwrap(), Translated::Help(HELP), "{line}");
    }
}

#[test]
fn what_has_no_meaning_here_is_told() {
    for (line, said) in [
        (
            "-f yaml list",
            "logging format must be one of [text json debug]",
        ),
        ("list -p", "--project needs a value"),
        ("plugins auth add -n work", "no tokens are kept"),
        (
            "plugins install -u https://x.test/y -t ghp_canary",
            "no tokens are kept",
        ),
        ("plugins install --token=ghp_canary", "no tokens are kept"),
    ] {
        let error = ours(line).unwrap_err();
        let told = format!("{error} {}", error.hint().unwrap());
        assert!(told.contains(said), "{line}: {told}");
        assert!(!told.contains("canary"), "{told}");
    }
}

#[test]
fn a_set_form_of_the_log_is_the_default_of_f() {
    let defaults = Defaults {
        format: LoggingFormat::Json,
        project: None,
    };
    for (line, expected) in [
        (
            "config view logging.format",
            "-o json config view logging.format",
        ),
        ("-f text config print", "-o table config print"),
        ("priv -s A -R why", "assume -s A -R why"),
        ("gcloud info", "gcloud -- info"),
    ] {
        let translated = translate(&words(line), &defaults).unwrap();
        assert_eq!(translated, Translated::Words(words(expected)), "{line}");
    }
}

proptest! {
    #[test]
    fn any_line_is_translated_or_refused(line in proptest::collection::vec("(-[a-zA-Z=]{0,3}|--[a-z=-]{0,9}|[^\\x00]{0,4}|plugins|config|query-permissions|gcloud|priv)", 0..8)) {
        let line: Vec<OsString> = line.into_iter().map(OsString::from).collect();
        let _ = translate(&line, &Defaults::default());
    }
}
