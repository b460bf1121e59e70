#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

const GOOD: &str = "
listen: 127.0.0.1:8080
public_url: https://daypass.example.com
store: sqlite:daypass.db
keys: {dir: keys/}
entitlements: [{path: entitlements/}]
login: {issuer: https://accounts.google.com, client_id: c, client_secret_file: secret, allowed_domains: [example.com]}
groups: {file: groups.yaml}
google: {brokers: [{scope: organizations/1, impersonate: daypass@p.iam.gserviceaccount.com}]}
";

fn load(text: &str) -> Result<Configuration, ConfigurationError> {
    let mut configuration = Configuration::parse(Path::new("/etc/daypass/daypass.yaml"), text)?;
    configuration.resolve(Path::new("/etc/daypass"));
    check::check(&configuration)?;
    Ok(configuration)
}

#[test]
fn paths_are_those_of_the_file() {
    let configuration = load(GOOD).unwrap();
    assert_eq!(configuration.store, "sqlite:/etc/daypass/daypass.db");
    assert_eq!(configuration.keys.dir, Path::new("/etc/daypass/keys/"));
}

#[test]
fn what_is_dangerous_outside_a_sandbox_is_refused() {
    let changes = [
        ("store: sqlite:daypass.db", "store: mysql://x"),
        (
            "public_url: https://daypass.example.com",
            "public_url: http://daypass.example.com",
        ),
        (
            "public_url: https://daypass.example.com",
            "public_url: https://daypass.example.com/path",
        ),
        (
            "issuer: https://accounts.google.com",
            "issuer: http://127.0.0.1:9000",
        ),
        (
            "issuer: https://accounts.google.com",
            "issuer: https://localhost:9000",
        ),
        ("allowed_domains: [example.com]", "allowed_domains: []"),
        (
            "google: {",
            "google: {endpoints: {storage: 'http://127.0.0.1:1'}, ",
        ),
        ("google: {", "google: {sandbox_url: 'http://127.0.0.1:1', "),
        ("entitlements: [{path: entitlements/}]", "entitlements: []"),
        ("groups: {file: groups.yaml}", "groups: {}"),
        (
            "groups: {file: groups.yaml}",
            "groups: {file: groups.yaml, cloud_identity: {customer: C0123}}",
        ),
        (
            "groups: {file: groups.yaml}",
            "groups: {cloud_identity: {customer: '0123'}}",
        ),
    ];
    for (from, to) in changes {
        assert!(load(&GOOD.replace(from, to)).is_err(), "{to}");
    }
    let sandbox = GOOD.replace(
        "google: {",
        "sandbox: true\ngoogle: {sandbox_url: 'http://127.0.0.1:1', ",
    );
    assert!(load(&sandbox.replace("https://accounts.google.com", "http://127.0.0.1:9000")).is_ok());
}

/// G-1 to G-3: in the file as in a variable, a switch is on, or off, or a mistake.
#[test]
fn a_switch_of_the_file_is_on_or_off_or_a_mistake() {
    let with = |value: &str| {
        load(&format!("{GOOD}sandbox: {value}\n")).map(|configuration| configuration.sandbox)
    };
    for (value, is_on) in [
        ("true", true),
        ("TRUE", true),
        ("y", true),
        ("Yes", true),
        ("on", true),
        ("false", false),
        ("No", false),
        ("off", false),
    ] {
        assert_eq!(with(value).unwrap(), is_on, "{value}");
    }
    for value in ["derp", "snek", "\u{1f40d}", "", "0", "1", "t", "[true]"] {
        let error = with(value).map_err(|error| error.to_string());
        assert!(error.is_err(), "{value}: {error:?}");
    }
}

/// G-4 to G-7: domains are a list, and what could never let anybody in is told at the start.
#[test]
fn domains_are_told_apart_at_the_start() {
    let with = |domains: &str| {
        let list = format!("allowed_domains: {domains}");
        load(&GOOD.replace("allowed_domains: [example.com]", &list))
            .map(|configuration| configuration.login.unwrap().allowed_domains)
    };
    assert_eq!(with("[example.com]").unwrap(), ["example.com"]);
    assert_eq!(
        with("[  example.com,   example.org ,example.net  ]").unwrap(),
        ["example.com", "example.org", "example.net"]
    );
    for wrong in [
        "[]",
        "''",
        "['']",
        "['@example.com']",
        "['%40example.com']",
        "['example.com example.org']",
        "[example]",
        "['*.example.com']",
    ] {
        assert!(with(wrong).is_err(), "{wrong}");
    }
    let error = with("['@example.com']").unwrap_err();
    assert!(error.to_string().contains("'@example.com'"), "{error}");
}

#[test]
fn a_mistake_has_its_place() {
    let error = load(&GOOD.replace("store:", "stroe:"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("/etc/daypass/daypass.yaml:4:"), "{error}");
    assert!(error.contains("stroe"), "{error}");
    assert!(
        !error.contains("line 4"),
        "the place is told twice: {error}"
    );
}

#[test]
fn keys_are_private_and_old_ones_verify() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    assert!(matches!(read_keyring(&keys), Err(KeyError::None(_))));
    let first = make_key(&keys, &daypass_google::OsRandom).unwrap();
    let old = read_keyring(&keys).unwrap();
    let tag = old.tag(b"message");
    let second = make_key(&keys, &daypass_google::OsRandom).unwrap();
    let both = read_keyring(&keys).unwrap();
    assert_eq!(both.current_id(), &second);
    assert!(both.verifies(&first, b"message", &tag));
    let path = keys.join(format!("binding-{}.key", first.as_str()));
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    assert!(matches!(
        read_keyring(&keys),
        Err(KeyError::File(SecretFileError::Wide(_)))
    ));
}

#[test]
fn groups_come_from_a_file_or_from_cloud_identity() {
    let Some(Groups::File(path)) = load(GOOD).unwrap().groups else {
        panic!("no file");
    };
    assert_eq!(path, Path::new("/etc/daypass/groups.yaml"));
    let text = GOOD.replace("{file: groups.yaml}", "{cloud_identity: {customer: C0123}}");
    let Some(Groups::CloudIdentity(google)) = load(&text).unwrap().groups else {
        panic!("no customer");
    };
    assert_eq!(google.customer.to_string(), "customers/C0123");
    let wrong = GOOD.replace("{file: groups.yaml}", "{cloud_identity: {customer: acme}}");
    let error = load(&wrong).unwrap_err().to_string();
    assert!(error.contains("DIRECTORY_CUSTOMER_ID"), "{error}");
}
