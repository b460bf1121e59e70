//! Daypass's flags that stand where the rule does not look for them: nothing is taken there, but whoever misses one is
//! told that it was seen.

use std::ffi::OsString;

/// The flags among a tool's arguments that look as if they were meant for Daypass, as they were typed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strayed {
    /// A flag that would name an account.
    pub account: Option<&'static str>,
    /// A flag that would give a reason.
    pub reason: Option<&'static str>,
}

/// Looks through what the tool gets.
pub fn strayed(arguments: &[OsString]) -> Strayed {
    let first = |names: &[&'static str]| {
        let mut seen = arguments.iter().filter_map(|argument| {
            let argument = argument.as_encoded_bytes();
            let is_it = |name: &&&str| {
                let behind = argument.strip_prefix(name.as_bytes());
                behind.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"="))
            };
            names.iter().find(is_it).copied()
        });
        seen.next()
    };
    Strayed {
        account: first(&["-s", "--service-account", "--service-account-email"]),
        reason: first(&["-R", "--reason", "--justification"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_seen_by_their_whole_names() {
        let of = |line: &str| {
            let words: Vec<_> = line.split_whitespace().map(OsString::from).collect();
            strayed(&words)
        };
        assert_eq!(
            of("storage ls gs://x -Rf --reasons -sx"),
            Strayed::default()
        );
        assert_eq!(of("storage ls gs://x -R INC-1").reason, Some("-R"));
        assert_eq!(of("gcloud info -- --reason=x").reason, Some("--reason"));
        assert_eq!(of("-s a@b.example info").account, Some("-s"));
    }
}
