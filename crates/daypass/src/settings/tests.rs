//! The file, its keys, and what is taken from ephemeral-iam's.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::*;
use crate::error::Error;

const ACCOUNT: &str = "deployer@acme-prod.iam.gserviceaccount.com";

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set(file: &SettingsFile, key: &str, value: &str) -> Result<(), Error> {
    file.change(|settings| Ok(settings.set(&Key::parse(key)?, value)?))
}

fn file() -> (tempfile::TempDir, SettingsFile) {
    let home = tempfile::tempdir().unwrap();
    let file = SettingsFile::at(home.path().join("config/daypass"));
    (home, file)
}

#[test]
fn what_is_set_is_read_back_and_is_its_owners_alone() {
    let (_home, file) = file();
    assert_eq!(file.read().unwrap(), Settings::default());
    assert!(!file.path().exists());
    for (key, value) in [
        ("logging.level", "panic"),
        ("logging.format", "debug"),
        ("authproxy.verbose", "t"),
        ("session.length", "1h30m"),
        ("binarypaths.cloudsqlproxy", "/opt/a b: #c"),
        ("serviceaccounts.acme-prod", ACCOUNT),
        ("serviceaccounts.example.com:acme-dev", ACCOUNT),
        ("serviceaccounts.123456789012", ACCOUNT),
    ] {
        set(&file, key, value).unwrap();
    }
    let settings = file.read().unwrap();
    assert_eq!(settings.service_accounts.len(), 3);
    assert_eq!(
        settings
            .default_account(Some("example.com:acme-dev"))
            .unwrap()
            .as_str(),
        ACCOUNT
    );
    assert_eq!(settings.default_account(Some("other-project")), None);
    assert_eq!(
        settings.executable(Tool::CloudSqlProxy).unwrap(),
        Path::new("/opt/a b: #c")
    );
    assert_eq!(settings.logging_level, Some(LoggingLevel::Panic));
    assert_eq!(settings.session_length.unwrap().seconds(), 5_400);
    let folder = file.path().parent().unwrap().to_owned();
    assert_eq!((mode(&folder), mode(&file.path())), (0o700, 0o600));
    let left = fs::read_dir(&folder).unwrap().count();
    assert_eq!(left, 2, "the file and its lock");

    file.change(|settings| {
        for key in Key::all() {
            settings.unset(&key);
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(file.read().unwrap(), Settings::default());
}

#[test]
fn a_refused_value_changes_nothing() {
    let (_home, file) = file();
    set(&file, "logging.level", "debug").unwrap();
    let before = fs::read(file.path()).unwrap();
    for (key, value) in [
        ("logging.level", "invalid"),
        ("logging.level", ""),
        ("logging.format", "INFO"),
        ("authproxy.verbose", "maybe"),
        ("session.length", "90"),
        ("binarypaths.gcloud", "gcloud"),
        ("binarypaths.gcloud", ""),
        ("serviceaccounts.acme-prod", "alice@example.com"),
        ("serviceaccounts.acme-prod", "a@gserviceaccount.com"),
        ("serviceaccounts.acme-prod", "a@evilgserviceaccount.com"),
        ("serviceaccounts.x", ACCOUNT),
        ("serviceaccounts.", ACCOUNT),
        ("serviceaccounts", ACCOUNT),
        ("github.tokens", "x"),
        ("github.tokens.work", "x"),
        ("authproxy.proxyport", "8084"),
        ("notakey.thatexists", "some value"),
        ("", ""),
    ] {
        let error = set(&file, key, value).unwrap_err();
        assert_eq!(error.exit(), crate::exit::Exit::Usage, "{key} {value}");
        assert!(!error.hint().unwrap().is_empty());
    }
    assert_eq!(fs::read(file.path()).unwrap(), before);
}

#[test]
fn a_file_that_people_wrote_is_checked_like_the_command_line() {
    for (text, said) in [
        ("", None),
        ("# nothing\n\n", None),
        (
            "logging:\n  level: debug\nauthproxy: {verbose: true}\nsession:\n",
            None,
        ),
        (
            "logging:\n  levl: debug\n",
            Some("invalid config key logging.levl"),
        ),
        (
            "loging:\n  level: debug\n",
            Some("invalid config key loging.level"),
        ),
        (
            "logging:\n  level: loud\n",
            Some("logging level must be one of"),
        ),
        (
            "logging:\n  level: [debug]\n",
            Some("logging.level is a list or a map"),
        ),
        ("logging: debug\n", Some("logging has no keys below it")),
        (
            "serviceaccounts:\n  acme-prod: alice\n",
            Some("'alice' is not the address"),
        ),
        ("- a\n", Some("it has no keys")),
        ("a: b: c\n", Some("line 1")),
        ("logging: {level: debug, level: info}\n", Some("line 1")),
    ] {
        match (file::parse(text), said) {
            (Ok(_), None) => {}
            (Err(error), Some(said)) => {
                assert!(error.to_string().contains(said), "{text}: {error}");
            }
            (parsed, _) => panic!("{text}: {parsed:?}"),
        }
    }
    let error = file::parse("logging:\n  levl: debug\n").unwrap_err();
    assert_eq!(error.hint(), "did you mean logging.level?");
}

#[test]
fn whoever_else_may_write_the_file_could_choose_what_is_run() {
    let (_home, file) = file();
    set(&file, "logging.level", "debug").unwrap();
    for (wide, refused) in [(0o644, false), (0o660, true), (0o602, true)] {
        fs::set_permissions(file.path(), Permissions::from_mode(wide)).unwrap();
        assert_eq!(file.read().is_err(), refused, "{wide:o}");
    }
}

#[test]
fn a_link_into_a_folder_of_dotfiles_stays_one() {
    let (home, file) = file();
    set(&file, "logging.level", "debug").unwrap();
    let real = home.path().join("dotfiles.yaml");
    fs::rename(file.path(), &real).unwrap();
    symlink(&real, file.path()).unwrap();
    set(&file, "logging.level", "info").unwrap();
    assert!(file.path().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("level: info"));
}

const THEIRS: &str = "
authproxy:
  certfile: /home/alice/.config/ephemeral-iam/server.pem
  proxyaddress: 127.0.0.1
  proxyport: \"8084\"
  verbose: true
binarypaths:
  gcloud: /nowhere/gcloud
  kubectl: /bin/sh
github:
  auth: true
  tokens:
    work: ghp_canary
logging:
  disableleveltruncation: true
  format: json
  level: info
serviceaccounts:
  acme-prod: deployer@acme-prod.iam.gserviceaccount.com
  acme-dev: deployer@acme-dev.iam.gserviceaccount.com
  broken: alice
surprise: canary
";

#[test]
fn of_ephemeral_iams_file_each_key_is_told() {
    let mut settings = Settings::default();
    let set_here = (
        "serviceaccounts.acme-dev",
        "other@acme-dev.iam.gserviceaccount.com",
    );
    settings
        .set(&Key::parse(set_here.0).unwrap(), set_here.1)
        .unwrap();
    settings.set(&Key::LoggingLevel, "info").unwrap();
    let imported = import(THEIRS, &mut settings).unwrap();
    let shown: Vec<_> = imported
        .iter()
        .map(|it| format!("{} {:?}: {}", it.key, it.fate, it.note))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    authproxy.certfile Left: the proxy's certificate authority is in memory only
    authproxy.proxyaddress Left: the proxy listens on this machine only
    authproxy.proxyport Left: each session's proxy has a free port of its own
    authproxy.verbose Taken: true
    binarypaths.gcloud Left: binarypaths.gcloud: '/nowhere/gcloud' is not the path of an executable file
    binarypaths.kubectl Taken: /bin/sh
    github.auth Left: no tokens are kept; 'daypass plugins install FILE_OR_URL --sha256 HEX' needs none
    github.tokens.work Left: no tokens are kept; 'daypass plugins install FILE_OR_URL --sha256 HEX' needs none
    logging.disableleveltruncation Left: the log writes levels in one way
    logging.format Taken: json
    logging.level Same: info
    serviceaccounts.acme-prod Taken: deployer@acme-prod.iam.gserviceaccount.com
    serviceaccounts.acme-dev Left: other@acme-dev.iam.gserviceaccount.com was set here
    serviceaccounts.broken Left: 'alice' is not the address of a service account
    surprise Left: this key is not known
    ");
    assert!(!format!("{imported:?}{settings:?}").contains("canary"));
    assert_eq!(settings.proxy_is_verbose, Some(true));

    // A second time there is nothing left to take.
    let before = settings.clone();
    let again = import(THEIRS, &mut settings).unwrap();
    assert!(again.iter().all(|it| it.fate != Fate::Taken));
    assert_eq!(settings, before);
}

#[test]
fn what_is_no_file_of_ephemeral_iams_is_told_without_its_content() {
    for text in [
        "",
        "canary",
        "- canary",
        "canary: [",
        "github: {tokens: {a: canary",
    ] {
        let error = import(text, &mut Settings::default()).unwrap_err();
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn settings_that_somebody_else_could_change_are_refused() {
    let (home, file) = file();
    set(&file, "logging.level", "info").unwrap();
    let folder = file.path().parent().unwrap().to_owned();
    for open in [folder.as_path(), home.path()] {
        fs::set_permissions(open, Permissions::from_mode(0o777)).unwrap();
        let error = file.read().unwrap_err();
        let at = open.canonicalize().unwrap();
        let said = format!("others than you may write {}", at.display());
        assert!(error.to_string().contains(&said), "{error}");
        assert!(error.hint().unwrap().contains("chmod go-w"));
        fs::set_permissions(open, Permissions::from_mode(0o700)).unwrap();
    }
    file.read().unwrap();
    // Only root can give a file away.
    if std::os::unix::fs::chown(file.path(), Some(65_534), None).is_ok() {
        let error = file.read().unwrap_err();
        assert!(
            error.to_string().contains("belongs to another user"),
            "{error}"
        );
    }
}
