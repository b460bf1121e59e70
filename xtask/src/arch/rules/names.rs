//! Names say what a thing is; "manager", "helper", "util" and "common" say only that nobody knew.

use crate::arch::Workspace;
use crate::arch::source::words;
use crate::arch::violation::Violation;

const EMPTY_WORDS: &[&str] = &["manager", "helper", "util", "utility", "common"];
/// Google's own product names: Resource Manager, Secret Manager, Privileged Access Manager.
const BEFORE_MANAGER: &[&str] = &["resource", "secret", "access"];
const DECLARATIONS: &[&str] = &["mod", "struct", "enum", "trait", "type"];

const HINT: &str = "name it after what it does or holds, in the words of the field; split it if it does several things";

pub(super) fn check(workspace: &Workspace) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in workspace.files.iter().filter(|file| file.is_rust()) {
        for part in file.path.trim_end_matches(".rs").split('/') {
            if let Some(word) = empty_word(part) {
                let message = format!("the path says \"{word}\" in {part}");
                violations.push(Violation::new(&file.path, 1, message, HINT));
            }
        }
        for (index, line) in file.code.lines().enumerate() {
            for name in declared(line) {
                if let Some(word) = empty_word(name) {
                    let message = format!("the name {name} says \"{word}\"");
                    violations.push(Violation::new(&file.path, index + 1, message, HINT));
                }
            }
        }
    }
    violations
}

/// The names of the modules and types that a line of code declares.
fn declared(line: &str) -> impl Iterator<Item = &str> {
    words(line)
        .zip(words(line).skip(1))
        .filter(|(keyword, _)| DECLARATIONS.contains(keyword))
        .map(|(_, name)| name)
}

/// The first empty word in a name, singular.
fn empty_word(name: &str) -> Option<String> {
    let parts = parts(name);
    for (index, part) in parts.iter().enumerate() {
        let word = part.strip_suffix("ies").map_or_else(
            || part.strip_suffix('s').unwrap_or(part).to_owned(),
            |stem| format!("{stem}y"),
        );
        let before = index.checked_sub(1).and_then(|before| parts.get(before));
        let is_product = word == "manager"
            && before.is_some_and(|before| BEFORE_MANAGER.contains(&before.as_str()));
        if EMPTY_WORDS.contains(&word.as_str()) && !is_product {
            return Some(word);
        }
    }
    None
}

/// The words of a name in snake case, kebab case or camel case, in lower case.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for found in name.chars() {
        if found.is_uppercase() || !found.is_alphanumeric() {
            parts.push(String::new());
        }
        if let (true, Some(part)) = (found.is_alphanumeric(), parts.last_mut()) {
            part.extend(found.to_lowercase());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::empty_word;

    #[test]
    fn empty_words_are_found_in_every_spelling() {
        for name in [
            "GrantManager",
            "helpers",
            "string_utils",
            "test-common",
            "Utilities",
            "UtilBox",
        ] {
            assert!(empty_word(name).is_some(), "{name}");
        }
        for name in [
            "resource_manager",
            "SecretManager",
            "PrivilegedAccessManager",
            "uncommon",
            "utilise",
            "grant",
        ] {
            assert_eq!(empty_word(name), None, "{name}");
        }
    }
}
