//! Which package may import which of ours: the house plan as a table.
//!
//! Data goes in, is decided, recorded, applied and told, in one direction. Rules live in the core, use
//! cases and ports in the engine, the outside world in adapters, and one binary wires them together.

/// What a package may import of this workspace.
pub(super) enum Ours {
    /// These and no others.
    Only(&'static [&'static str]),
    /// Any: the binary, which wires everything, and the whole-system tests.
    Any,
}

/// The rule for one package.
pub(super) struct Layer {
    /// The package's name; a trailing `*` stands for any ending.
    pub(super) package: &'static str,
    pub(super) ours: Ours,
    /// Whether the rule for `ours` holds for dev-dependencies too. Where it does not, a test of the
    /// package may use the sandbox and the adapters that it wires to it, but never the binary.
    pub(super) tests_too: bool,
    /// Crates of others that the package itself must not name, in any kind of dependency but `dev`.
    /// A trailing `*` stands for any ending.
    pub(super) banned: &'static [&'static str],
}

/// Runtime, network, storage and randomness: what a pure crate must not name.
const IMPURE: &[&str] = &[
    "tokio*",
    "async-*",
    "futures*",
    "sqlx*",
    "rusqlite",
    "reqwest*",
    "axum*",
    "hyper*",
    "tower*",
    "rand*",
    "getrandom",
    "tempfile",
];

/// What reaches a database, Google or a browser: for adapters to name, not for use cases.
const OUTSIDE: &[&str] = &[
    "sqlx*",
    "rusqlite",
    "reqwest*",
    "axum*",
    "hyper*",
    "google-*",
    "rand*",
    "getrandom",
];

const PORTS: Ours = Ours::Only(&["daypass-core", "daypass-engine"]);
const NONE: Ours = Ours::Only(&[]);

/// Every package of the house. A package without a line here breaks the rule `imports`.
pub(super) const LAYERS: &[Layer] = &[
    Layer {
        package: "daypass-core",
        ours: NONE,
        tests_too: true,
        banned: IMPURE,
    },
    Layer {
        package: "daypass-engine",
        ours: Ours::Only(&["daypass-core"]),
        tests_too: false,
        banned: OUTSIDE,
    },
    Layer {
        package: "daypass-store-*",
        ours: PORTS,
        tests_too: false,
        banned: &["axum*", "reqwest*"],
    },
    Layer {
        package: "daypass-google",
        ours: PORTS,
        tests_too: false,
        banned: &["axum*", "sqlx*"],
    },
    Layer {
        package: "daypass-slack",
        ours: PORTS,
        tests_too: false,
        banned: &["axum*", "sqlx*"],
    },
    Layer {
        package: "daypass-oidc",
        ours: PORTS,
        tests_too: false,
        banned: &["axum*", "sqlx*"],
    },
    // Shared by server and command line: types, no behaviour.
    Layer {
        package: "daypass-api",
        ours: NONE,
        tests_too: true,
        banned: IMPURE,
    },
    Layer {
        package: "daypass-server",
        ours: Ours::Only(&[
            "daypass-core",
            "daypass-engine",
            "daypass-api",
            "daypass-oidc",
            "daypass-slack",
        ]),
        tests_too: false,
        banned: &["sqlx*", "rusqlite", "google-*"],
    },
    Layer {
        package: "daypass-session",
        ours: Ours::Only(&["daypass-core", "daypass-engine", "daypass-api"]),
        tests_too: false,
        banned: &["sqlx*", "rusqlite"],
    },
    // Published on its own.
    Layer {
        package: "daypass-federation",
        ours: NONE,
        tests_too: true,
        banned: &["sqlx*", "rusqlite"],
    },
    // The emulated cloud: what shares our code would share our mistakes.
    Layer {
        package: "daypass-sandbox",
        ours: NONE,
        tests_too: true,
        banned: &["sqlx*", "google-*"],
    },
    Layer {
        package: "daypass",
        ours: Ours::Any,
        tests_too: false,
        banned: &[],
    },
    Layer {
        package: "daypass-tests",
        ours: Ours::Any,
        tests_too: false,
        banned: &[],
    },
    Layer {
        package: "xtask",
        ours: NONE,
        tests_too: true,
        banned: &["tokio*", "reqwest*"],
    },
];

/// Packages at the top: nothing but the whole-system tests may import them, not even in a test.
pub(super) const TOP: &[&str] = &["daypass", "daypass-tests", "xtask"];

/// The rule for a package.
pub(super) fn layer_of(package: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| matches(layer.package, package))
}

/// Whether a name fits a pattern of this table.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::{layer_of, matches};

    #[test]
    fn a_star_stands_for_any_ending() {
        assert!(matches("tokio*", "tokio-rustls"));
        assert!(matches("tokio*", "tokio"));
        assert!(!matches("tokio", "tokio-rustls"));
        assert_eq!(
            layer_of("daypass-store-postgres").map(|layer| layer.package),
            Some("daypass-store-*")
        );
        assert!(layer_of("daypass-unknown").is_none());
    }
}
