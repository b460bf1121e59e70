//! Shows, rule by rule, that `xtask arch` accepts a sound tree and refuses a broken one.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "house/fixture.rs"]
mod fixture;

use fixture::House;

#[test]
fn a_sound_house_passes() {
    let report = House::sound().check();
    assert!(report.passed, "{}", report.text);
    assert!(report.text.contains("9 packages"), "{}", report.text);
    assert!(report.text.contains(" 0 violations"), "{}", report.text);
}

/// Each line: the rule that must fire, the file to change, what to append to it, what the report must say.
#[test]
fn each_import_that_the_plan_forbids_is_refused() {
    for (manifest, appended, finding) in [
        (
            "crates/core",
            "daypass-api = {}",
            "daypass-core must not import daypass-api",
        ),
        (
            "crates/core",
            "tokio = \"1\"",
            "daypass-core must not name tokio",
        ),
        (
            "crates/core",
            "tokio-util = \"1\"",
            "daypass-core must not name tokio-util",
        ),
        (
            "crates/core",
            "sqlx = \"1\"",
            "daypass-core must not name sqlx",
        ),
        (
            "crates/core",
            "reqwest = \"1\"",
            "daypass-core must not name reqwest",
        ),
        (
            "crates/core",
            "axum = \"1\"",
            "daypass-core must not name axum",
        ),
        (
            "crates/core",
            "rand = \"1\"",
            "daypass-core must not name rand",
        ),
        (
            "crates/core",
            "getrandom = \"1\"",
            "daypass-core must not name getrandom",
        ),
        (
            "crates/core",
            "[build-dependencies]\nrand = \"1\"",
            "daypass-core must not name rand",
        ),
        (
            "crates/core",
            "[dev-dependencies]\ndaypass-api = {}",
            "daypass-core must not import daypass-api",
        ),
        (
            "crates/engine",
            "daypass-api = {}",
            "daypass-engine must not import daypass-api",
        ),
        (
            "crates/engine",
            "sqlx = \"1\"",
            "daypass-engine must not name sqlx",
        ),
        (
            "crates/engine",
            "[dev-dependencies]\ndaypass = {}",
            "daypass-engine must not import daypass",
        ),
        (
            "crates/google",
            "daypass-oidc = {}",
            "daypass-google must not import daypass-oidc",
        ),
        (
            "crates/oidc",
            "daypass-google = {}",
            "daypass-oidc must not import daypass-google",
        ),
        (
            "crates/api",
            "daypass-core = {}",
            "daypass-api must not import daypass-core",
        ),
        (
            "crates/server",
            "daypass-google = {}",
            "daypass-server must not import daypass-google",
        ),
        (
            "sandbox",
            "daypass-core = {}",
            "daypass-sandbox must not import daypass-core",
        ),
        (
            "sandbox",
            "[dev-dependencies]\ndaypass-google = {}",
            "daypass-sandbox must not import daypass-google",
        ),
        (
            "crates/daypass",
            "daypass-tests = {}",
            "daypass must not import daypass-tests",
        ),
    ] {
        let house = House::sound();
        let manifest = format!("{manifest}/Cargo.toml");
        let line = house.append(&manifest, &appended.replace("{}", "{ workspace = true }"))
            + usize::from(appended.starts_with('['));
        house
            .check()
            .assert_broken("imports", &manifest, line, finding);
    }
}

#[test]
fn dev_dependencies_have_a_rule_of_their_own() {
    for (manifest, appended) in [
        ("crates/core", "[dev-dependencies]\ntokio = \"1\""),
        ("crates/engine", "[dev-dependencies]\ndaypass-sandbox = {}"),
        ("crates/google", "[dev-dependencies]\ndaypass-sandbox = {}"),
        ("crates/server", "[dev-dependencies]\ndaypass-google = {}"),
        ("tests", "daypass = {}"),
    ] {
        let house = House::sound();
        house.append(
            &format!("{manifest}/Cargo.toml"),
            &appended.replace("{}", "{ workspace = true }"),
        );
        let report = house.check();
        assert!(report.passed, "{appended}\n{}", report.text);
    }
}

#[test]
fn a_package_without_a_layer_is_refused() {
    let house = House::sound();
    house.package("crates/mystery", "daypass-mystery", &[]);
    house.check().assert_broken(
        "imports",
        "crates/mystery/Cargo.toml",
        1,
        "no layer is declared",
    );
}

#[test]
fn each_line_of_code_that_a_rule_forbids_is_refused() {
    let machine_path = concat!("// see /", "root/notes");
    for (rule, file, appended, finding) in [
        (
            "core-purity",
            "crates/core/src/lib.rs",
            "pub async fn wait() {}",
            "the core uses async",
        ),
        (
            "core-purity",
            "crates/core/src/lib.rs",
            "use std::fs;",
            "the core uses std::fs",
        ),
        (
            "core-purity",
            "crates/core/src/lib.rs",
            "fn a() { b(jiff::Timestamp::now()) }",
            "Timestamp::now",
        ),
        (
            "core-purity",
            "crates/core/src/lib.rs",
            "fn a() { std::time::Instant::now(); }",
            "Instant::now",
        ),
        (
            "unsafe-code",
            "crates/api/src/lib.rs",
            "fn a() { unsafe { b() } }",
            "unsafe code",
        ),
        (
            "unsafe-code",
            "tests/tests/whole.rs",
            "unsafe fn a() {}",
            "unsafe code",
        ),
        (
            "allow-attributes",
            "crates/api/src/lib.rs",
            "#[allow(dead_code)]",
            "silenced by allow",
        ),
        (
            "allow-attributes",
            "crates/api/src/lib.rs",
            "#![allow( dead_code)]",
            "silenced by allow",
        ),
        (
            "names",
            "crates/api/src/lib.rs",
            "struct GrantManager;",
            "the name GrantManager",
        ),
        (
            "names",
            "crates/api/src/lib.rs",
            "pub(crate) mod helpers {}",
            "the name helpers",
        ),
        (
            "names",
            "crates/api/src/lib.rs",
            "trait UtilBox {}",
            "the name UtilBox",
        ),
        (
            "names",
            "crates/api/src/lib.rs",
            "type Common = u8;",
            "the name Common",
        ),
        (
            "environment",
            "crates/google/src/lib.rs",
            "fn a() { std::env::var(\"A\"); }",
            "environment variable",
        ),
        (
            "environment",
            "crates/server/src/lib.rs",
            "fn a() { env::var_os(\"A\"); }",
            "environment variable",
        ),
        (
            "machine-paths",
            "crates/api/src/lib.rs",
            machine_path,
            "of one machine",
        ),
        ("machine-paths", "README.md", machine_path, "of one machine"),
    ] {
        let house = House::sound();
        let line = house.append(file, appended);
        house.check().assert_broken(rule, file, line, finding);
    }
}

#[test]
fn what_only_looks_like_a_violation_passes() {
    for (file, appended) in [
        (
            "crates/core/src/lib.rs",
            "// async, std::fs and unsafe, in a comment",
        ),
        (
            "crates/core/src/lib.rs",
            "const A: &str = \"async unsafe std::fs #[allow(x)]\";",
        ),
        (
            "crates/core/src/lib.rs",
            "#[cfg(test)]\nmod tests {\n  use std::fs;\n}",
        ),
        (
            "crates/google/src/lib.rs",
            "#[cfg(test)]\nmod tests {\n  fn a() { std::env::var(\"A\"); }\n}",
        ),
        (
            "crates/google/src/lib.rs",
            "mod resource_manager {}\nstruct SecretManager;",
        ),
        (
            "crates/daypass/src/main.rs",
            "fn a() { std::env::var(\"A\"); }",
        ),
        (
            "README.md",
            concat!("https://example.com/", "work/ and a/", "root/b"),
        ),
    ] {
        let house = House::sound();
        house.append(file, appended);
        let report = house.check();
        assert!(report.passed, "{appended}\n{}", report.text);
    }
}

#[test]
fn a_file_named_after_nothing_is_refused() {
    let house = House::sound();
    house.write("crates/api/src/string_utils.rs", "//! Strings.\n");
    house.check().assert_broken(
        "names",
        "crates/api/src/string_utils.rs",
        1,
        "the path says \"util\"",
    );
}

#[test]
fn a_crate_root_without_documentation_is_refused() {
    let house = House::sound();
    house.write(
        "crates/daypass/src/main.rs",
        "// Starts the program and says so.\nfn main() {}\n",
    );
    house.check().assert_broken(
        "crate-docs",
        "crates/daypass/src/main.rs",
        1,
        "no documentation",
    );
    house.write("crates/daypass/src/main.rs", "//! Binary.\nfn main() {}\n");
    house.check().assert_broken(
        "crate-docs",
        "crates/daypass/src/main.rs",
        1,
        "no documentation",
    );
}

#[test]
fn a_package_without_the_lints_is_refused() {
    let house = House::sound();
    let manifest = house.read("crates/api/Cargo.toml");
    house.write(
        "crates/api/Cargo.toml",
        &manifest.replace("[lints]", "[package.metadata.lints]"),
    );
    house.check().assert_broken(
        "lints-table",
        "crates/api/Cargo.toml",
        1,
        "daypass-api does not take the lints",
    );
}

#[test]
fn long_files_are_refused() {
    let line = "// one more line\n";
    let house = House::sound();
    house.write("tests/tests/long.rs", &line.repeat(800));
    let report = house.check();
    assert!(report.passed, "{}", report.text);
    house.write("tests/tests/long.rs", &line.repeat(801));
    house.check().assert_broken(
        "file-sizes",
        "tests/tests/long.rs",
        801,
        "801 lines, at most 800",
    );

    // Nine short files and nine of 141 lines keep the median; one more moves it.
    let house = House::sound();
    let short = house.rust_files_outside_tests();
    for number in 0..short {
        house.write(
            &format!("crates/api/src/part{number}.rs"),
            &line.repeat(141),
        );
    }
    assert!(house.check().passed);
    house.write("crates/api/src/last.rs", &line.repeat(142));
    house.check().assert_broken(
        "file-sizes",
        "crates/api/src/last.rs",
        1,
        "the median of all files is 141 lines",
    );

    let house = House::sound();
    house.write("crates/api/src/long.rs", &line.repeat(421));
    house.write("crates/api/src/longer.rs", &line.repeat(430));
    house.check().assert_broken(
        "file-sizes",
        "crates/api/src/longer.rs",
        1,
        "the 90th percentile of all files is 421",
    );
}

#[test]
fn in_a_checkout_new_files_count_and_ignored_ones_do_not() {
    let house = House::sound();
    house.write(".gitignore", "target/\nscratch/\n");
    house.start_git();
    house.write("scratch/notes.rs", "unsafe fn a() {}\n");
    let report = house.check();
    assert!(report.passed, "{}", report.text);
    house.write("crates/api/src/new.rs", "unsafe fn a() {}\n");
    house
        .check()
        .assert_broken("unsafe-code", "crates/api/src/new.rs", 1, "unsafe code");
}

#[test]
fn every_listed_rule_is_broken_by_a_test_of_this_file() {
    let rules = fixture::xtask(&["arch", "--rules"]);
    let own = include_str!("arch.rs");
    assert!(rules.text.lines().count() >= 10, "{}", rules.text);
    for line in rules.text.lines() {
        let name = line.split_whitespace().next().unwrap();
        assert!(
            own.contains(&format!("\"{name}\",")),
            "no test breaks the rule {name}"
        );
    }
}

#[test]
fn the_help_lists_the_commands_and_wrong_usage_is_told_apart() {
    let help = fixture::xtask(&["--help"]);
    assert!(
        help.passed && help.text.contains("arch [--root DIR]"),
        "{}",
        help.text
    );
    assert_eq!(fixture::xtask(&["demolish"]).code, Some(2));
    assert_eq!(
        fixture::xtask(&["arch", "--root", "no/such/folder"]).code,
        Some(1)
    );
}
