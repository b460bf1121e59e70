//! The forms by which a value is told from something of the tool's.

use daypass_core::email::Email;

/// The shortest and the longest id of a project (<https://cloud.google.com/resource-manager/docs/creating-managing-projects>).
const PROJECT_ID: std::ops::RangeInclusive<usize> = 6..=30;

/// The fewest digits of a project's number: a port has at most five.
const SHORTEST_NUMBER: usize = 6;

/// The account that a value names. Any e-mail address is one: whether there is such an account is Google's to say.
pub(super) fn account(value: &str) -> Option<Email> {
    Email::parse(value).ok()
}

/// Whether a value has the form of a project's id, `acme-prod` or `example.com:acme-prod`, or of its number.
pub fn is_project(value: &str) -> bool {
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        return (SHORTEST_NUMBER..=PROJECT_ID.end().to_owned()).contains(&value.len());
    }
    match value.split_once(':') {
        Some((domain, id)) => is_domain(domain) && is_id(id),
        None => is_id(value),
    }
}

fn is_id(text: &str) -> bool {
    let is_letter_or_digit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    PROJECT_ID.contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with('-')
        && text
            .bytes()
            .all(|byte| is_letter_or_digit(byte) || byte == b'-')
}

fn is_domain(text: &str) -> bool {
    account(&format!("a@{text}")).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects() {
        for yes in [
            "acme-prod",
            "example.com:acme-prod",
            "123456789012",
            "abc123",
        ] {
            assert!(is_project(yes), "{yes}");
        }
        for no in [
            "",
            "5432",
            "abc",
            "Acme-prod",
            "acme_prod",
            "acme-prod-",
            "-acme-prod",
            r#"{"spec":{}}"#,
            "p:r:instance",
            "example.com:",
            "acme-prod:europe-west1:db=tcp:5432",
            "a23456789012345678901234567890x",
        ] {
            assert!(!is_project(no), "{no}");
        }
    }

    #[test]
    fn accounts() {
        assert!(account("deployer@acme-prod.iam.gserviceaccount.com").is_some());
        for no in [
            "",
            "https://10.0.0.1",
            "https://a@b.example",
            "host:8080",
            "a@b.example:443",
        ] {
            assert!(account(no).is_none(), "{no}");
        }
    }
}
