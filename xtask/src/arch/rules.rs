//! The list of rules.

mod allow_attributes;
mod core_purity;
mod crate_docs;
mod environment;
pub(super) mod file_sizes;
mod imports;
mod lints_table;
mod machine_paths;
mod names;
mod unsafe_code;

use super::Workspace;
use super::violation::Violation;

/// A rule of the house.
pub(super) struct Rule {
    /// How reports name it.
    pub(super) name: &'static str,
    /// What must hold.
    pub(super) sentence: &'static str,
    pub(super) check: fn(&Workspace) -> Vec<Violation>,
}

/// Every rule, in the order in which reports list them.
pub(super) const ALL: &[Rule] = &[
    Rule {
        name: "imports",
        sentence: "each package imports only what its layer allows",
        check: imports::check,
    },
    Rule {
        name: "core-purity",
        sentence: "the core has no async, no input or output, no clock and no randomness",
        check: core_purity::check,
    },
    Rule {
        name: "file-sizes",
        sentence: "no Rust file over 800 lines; median at most 140, 90th percentile at most 420, tests left out",
        check: file_sizes::check,
    },
    Rule {
        name: "lints-table",
        sentence: "every package takes the lints of the workspace",
        check: lints_table::check,
    },
    Rule {
        name: "unsafe-code",
        sentence: "no unsafe code anywhere",
        check: unsafe_code::check,
    },
    Rule {
        name: "allow-attributes",
        sentence: "a lint is silenced by #[expect(…, reason = …)], never by #[allow]",
        check: allow_attributes::check,
    },
    Rule {
        name: "crate-docs",
        sentence: "every crate root says what the crate is for",
        check: crate_docs::check,
    },
    Rule {
        name: "names",
        sentence: "no file, module or type is named after a manager, helper, util or common part",
        check: names::check,
    },
    Rule {
        name: "environment",
        sentence: "only the binary, the sandbox, xtask and tests read environment variables",
        check: environment::check,
    },
    Rule {
        name: "machine-paths",
        sentence: "no tracked file names a path of one machine",
        check: machine_paths::check,
    },
];
