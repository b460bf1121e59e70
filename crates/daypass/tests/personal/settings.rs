//! `daypass config` and `daypass default-service-accounts`: ephemeral-iam's cases E-1 to E-19, but those that were
//! dropped.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::home::Home;

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn e1_config_alone_names_its_commands() {
    let done = Home::new().run("config");
    for word in [
        "Manage configuration values",
        "info",
        "print",
        "set",
        "view",
    ] {
        assert!(done.said().contains(word), "{word}: {done:?}");
    }
}

#[test]
fn e2_every_key_is_shown_by_its_name() {
    let home = Home::new();
    let printed = home.run("config print");
    let keys: Vec<_> = printed
        .stdout
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(keys.len(), 8, "{printed:?}");
    for key in keys {
        let done = home.run(&format!("config view {key}"));
        assert_eq!(done.code, 0);
        assert!(done.stdout.starts_with(&format!("{key}: ")), "{done:?}");
    }
    assert!(!home.path(".config").exists(), "to look makes no file");
}

#[test]
fn e3_to_e17_what_is_refused_and_in_which_words() {
    let home = Home::new();
    for (words, said) in [
        (vec!["set"], "requires both a config key and a new value"),
        (
            vec!["set", "logging.level"],
            "requires both a config key and a new value",
        ),
        (
            vec!["set", "notakey.thatexists", "some value"],
            "invalid config key notakey.thatexists",
        ),
        (
            vec!["set", "logging.level", "invalid"],
            "logging level must be one of [trace debug info warn error fatal panic]",
        ),
        (
            vec!["set", "logging.format", "invalid"],
            "logging format must be one of [text json debug]",
        ),
        (
            vec!["set", "authproxy.verbose", "maybe"],
            "the authproxy.verbose value must be either true or false",
        ),
        (vec!["set", "github.tokens", "canary"], "plugins install"),
        (vec!["view", "github.tokens"], "no tokens are kept"),
        (
            vec!["set", "serviceaccounts", "x"],
            "default-service-accounts",
        ),
        (
            vec![
                "set",
                "serviceaccounts.acme-prod",
                "a@acme-prod.iam.gserviceaccount.com",
            ],
            "default-service-accounts",
        ),
        (
            vec!["set", "authproxy.proxyport", "8084"],
            "a free port of its own",
        ),
        (
            vec!["set", "logging.levle", "info"],
            "did you mean logging.level?",
        ),
    ] {
        let done = home.run_words(&[vec!["config"], words.clone()].concat());
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.stderr.contains(said), "{words:?}: {done:?}");
    }
    assert!(!home.path(".config/daypass/config.yaml").exists());
}

#[test]
fn e6_to_e15_what_is_set_is_told_and_kept() {
    let home = Home::new();
    let mut before = "warn";
    for level in ["trace", "debug", "info", "warn", "error", "fatal", "panic"] {
        let done = home.run(&format!("config set logging.level {level}"));
        let said = format!("Updated logging.level from {before} to {level}\n");
        assert_eq!((done.code, done.stderr), (0, said));
        before = level;
    }
    let said = |line: &str| home.run(line).stderr;
    assert_eq!(
        said("config set logging.format text"),
        "New value is the same as the current one\n"
    );
    assert_eq!(
        said("config set logging.format json"),
        "Updated logging.format from text to json\n"
    );
    for yes in ["1", "t", "T", "TRUE", "true", "True"] {
        assert_eq!(
            home.run(&format!("config set authproxy.verbose {yes}"))
                .code,
            0
        );
        assert_eq!(
            home.run("config view authproxy.verbose").stdout,
            "authproxy.verbose: true\n"
        );
        said("config unset authproxy.verbose");
    }
    let file = home.path(".config/daypass/config.yaml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.ends_with("logging:\n  format: json\n  level: panic\n"),
        "{text}"
    );
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    // As ephemeral-iam, the form of the log is that of the answer.
    let viewed = home.run("eiam config view logging.format").stdout;
    let answer: serde_json::Value = serde_json::from_str(&viewed).unwrap();
    assert_eq!(answer, serde_json::json!({"logging.format": "json"}));
}

#[test]
fn a_broken_file_stops_who_needs_it_and_nobody_else() {
    let home = Home::new();
    home.run("config set logging.level info");
    fs::write(
        home.path(".config/daypass/config.yaml"),
        "logging:\n  levle: x\n",
    )
    .unwrap();
    let done = home.run("config set logging.level info");
    assert_eq!(done.code, 1);
    insta::assert_snapshot!(done.stderr, @r"
    error: HOME/.config/daypass/config.yaml: invalid config key logging.levle

    hint: did you mean logging.level? Edit HOME/.config/daypass/config.yaml
    ");
    assert_eq!(home.run("version").code, 0);
    assert_eq!(home.run("eiam version").code, 0);
}

#[test]
fn default_accounts_by_project() {
    let home = Home::new();
    let said = |line: &str| home.run(line).stderr;
    assert!(
        said("default-service-accounts list")
            .starts_with("You have not set any default service accounts\n")
    );
    assert!(
        said("default-sa set a@acme-prod.iam.gserviceaccount.com").contains("no project is named")
    );
    let folder = home.path(".config/gcloud/configurations");
    fs::create_dir_all(&folder).unwrap();
    fs::write(home.path(".config/gcloud/active_config"), "work\n").unwrap();
    fs::write(folder.join("config_work"), "[core]\nproject = acme-prod\n").unwrap();
    let set = "a@acme-prod.iam.gserviceaccount.com is the default account in acme-prod.\n";
    assert_eq!(
        said("default-sa set a@acme-prod.iam.gserviceaccount.com"),
        set
    );
    said("default-sa set -p acme-dev b@acme-dev.iam.gserviceaccount.com");
    for (line, why) in [
        ("default-sa set", "no service account is named"),
        (
            "default-sa set -p ACME-DEV b@acme-dev.iam.gserviceaccount.com",
            "'ACME-DEV' is not the id of a project",
        ),
        (
            "default-sa set -p acme-dev alice@example.com",
            "not the address of a service account",
        ),
    ] {
        let done = home.run(line);
        assert!(done.code == 2 && done.stderr.contains(why), "{done:?}");
    }
    insta::assert_snapshot!(home.run("default-service-accounts list").stdout, @r"
    PROJECT    SERVICE ACCOUNT
    acme-dev   b@acme-dev.iam.gserviceaccount.com
    acme-prod  a@acme-prod.iam.gserviceaccount.com
    ");
    let info = home.run("config info").stdout;
    assert!(
        info.contains("a@acme-prod.iam.gserviceaccount.com"),
        "{info}"
    );
}

#[test]
fn an_import_leaves_the_file_and_tells_every_key() {
    let home = Home::new();
    let theirs = home.path(".config/ephemeral-iam/config.yml");
    fs::create_dir_all(theirs.parent().unwrap()).unwrap();
    let text = "authproxy: {verbose: true, proxyport: \"8084\"}\ngithub: {tokens: {work: canary}}\n\
                serviceaccounts: {acme-prod: a@acme-prod.iam.gserviceaccount.com}\n";
    fs::write(&theirs, text).unwrap();
    let done = home.run("config import");
    insta::assert_snapshot!(done.said(), @r"
    KEY                        RESULT     VALUE OR REASON
    authproxy.verbose          taken      true
    authproxy.proxyport        not taken  each session's proxy has a free port of its own
    github.tokens.work         not taken  no tokens are kept; 'daypass plugins install FILE_OR_URL --sha256 HEX' needs none
    serviceaccounts.acme-prod  taken      a@acme-prod.iam.gserviceaccount.com
    2 taken, 0 the same here already, 2 not taken. HOME/.config/ephemeral-iam/config.yml stays as it is.
    ");
    assert_eq!(fs::read_to_string(&theirs).unwrap(), text);
    let ours = fs::read_to_string(home.path(".config/daypass/config.yaml")).unwrap();
    assert!(!ours.contains("canary"));
    fs::write(&theirs, "github: [canary").unwrap();
    let done = home.run("config import");
    assert_eq!(done.code, 1, "{done:?}");
}
