//! The names of plugins.

use std::fmt;

use super::PluginError;

/// What stands before the name in the name of the file.
const PREFIX: &str = "daypass-";

/// The longest name, in bytes: with the prefix and an ending it fits every file system.
const LONGEST: usize = 64;

/// A small letter, then small letters, digits and dashes: nothing that a shell, a path or a table could take for
/// anything else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PluginName(String);

impl PluginName {
    /// Reads a name, without `daypass-` in front.
    ///
    /// # Errors
    ///
    /// The text is no such name.
    pub fn parse(text: &str) -> Result<Self, PluginError> {
        let is_right = text.len() <= LONGEST
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if is_right {
            Ok(Self(text.to_owned()))
        } else {
            Err(PluginError::Name(text.to_owned()))
        }
    }

    /// The name in the name of a file, `daypass-NAME`; none if it is not named so.
    pub fn of_file(name: &str) -> Option<Self> {
        Self::parse(name.strip_prefix(PREFIX)?).ok()
    }

    /// The name of its file.
    pub fn file_name(&self) -> String {
        format!("{PREFIX}{}", self.0)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PluginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for yes in ["a", "hello", "top-10", "x--"] {
            assert!(PluginName::parse(yes).is_ok(), "{yes}");
            assert!(PluginName::of_file(&format!("daypass-{yes}")).is_some());
        }
        let long = "a".repeat(65);
        for no in [
            "", "-a", "1a", "A", "a_b", "a.b", "a/b", "../a", "a b", "é", "a\n", &long,
        ] {
            assert!(PluginName::parse(no).is_err(), "{no}");
        }
        assert_eq!(PluginName::of_file("kubectl-a"), None);
    }
}
