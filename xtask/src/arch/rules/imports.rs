//! Each package imports only what its layer allows.
//!
//! Normal and build dependencies follow the table in full. Dev-dependencies follow it only where the
//! layer says so: core, api, federation, sandbox and xtask stay alone even in their tests; elsewhere a
//! test may use the sandbox and other adapters, but never the binary.

use crate::arch::Workspace;
use crate::arch::layers::{self, Layer, Ours, TOP};
use crate::arch::packages::{Dependency, Package};
use crate::arch::violation::Violation;

const HINT_OURS: &str =
    "move the code to the layer that may see both, or hand it in through a port of the engine";
const HINT_OTHERS: &str = "do this in an adapter, behind a port of the engine";
const HINT_UNKNOWN: &str = "give the package a line in xtask/src/arch/layers.rs";

pub(super) fn check(workspace: &Workspace) -> Vec<Violation> {
    let ours: Vec<&str> = workspace
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut violations = Vec::new();
    for package in &workspace.packages {
        let Some(layer) = layers::layer_of(&package.name) else {
            let message = format!("no layer is declared for the package {}", package.name);
            violations.push(Violation::new(&package.manifest, 1, message, HINT_UNKNOWN));
            continue;
        };
        for dependency in &package.dependencies {
            let is_ours = ours.contains(&dependency.name.as_str());
            if let Some((message, hint)) = verdict(layer, package, dependency, is_ours) {
                let line = line_of(workspace, &package.manifest, &dependency.name);
                violations.push(Violation::new(&package.manifest, line, message, hint));
            }
        }
    }
    violations
}

fn verdict(
    layer: &Layer,
    package: &Package,
    dependency: &Dependency,
    is_ours: bool,
) -> Option<(String, &'static str)> {
    let importer = &package.name;
    let imported = &dependency.name;
    if is_ours {
        let allowed = match layer.ours {
            Ours::Any => importer == "daypass-tests" || !TOP.contains(&imported.as_str()),
            Ours::Only(_) if dependency.is_for_tests() && !layer.tests_too => {
                !TOP.contains(&imported.as_str())
            }
            Ours::Only(names) => names.iter().any(|name| layers::matches(name, imported)),
        };
        return (!allowed).then(|| (format!("{importer} must not import {imported}"), HINT_OURS));
    }
    let banned = !dependency.is_for_tests()
        && layer
            .banned
            .iter()
            .any(|name| layers::matches(name, imported));
    banned.then(|| (format!("{importer} must not name {imported}"), HINT_OTHERS))
}

/// The line of the manifest that declares the dependency; the first if it is renamed there.
fn line_of(workspace: &Workspace, manifest: &str, dependency: &str) -> usize {
    let declares = |line: &str| {
        line.trim_start()
            .strip_prefix(dependency)
            .is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
    };
    let file = workspace.files.iter().find(|file| file.path == manifest);
    file.and_then(|file| file.text.lines().position(declares))
        .map_or(1, |index| index + 1)
}
