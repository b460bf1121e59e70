//! The forms by which a value is told from something of the tool's.

use daypass_core::email::Email;

use super::ArgumentError;

/// The shortest and the longest id of a project (<https://cloud.google.com/resource-manager/docs/creating-managing-projects>).
const PROJECT_ID: std::ops::RangeInclusive<usize> = 6..=30;

/// The fewest digits of a project's number: a port has at most five.
const SHORTEST_NUMBER: usize = 6;

/// The account that a value names. Any e-mail address is one: whether there is such an account is Google's to say.
pub(super) fn account(value: &str) -> Option<Email> {
    Email::parse(value).ok()
}

/// What stands behind the address of every service account
/// (<https://cloud.google.com/iam/docs/service-account-types>).
const SERVICE_ACCOUNT_DOMAIN: &str = ".gserviceaccount.com";

/// The address of a service account, as every command reads it.
///
/// # Errors
/// It is no address, or that of a person or a group.
pub fn service_account(text: &str) -> Result<Email, ArgumentError> {
    let refuse = || ArgumentError::NotAnAccount(text.to_owned());
    let account = Email::parse(text).map_err(|_| refuse())?;
    if !account.as_str().ends_with(SERVICE_ACCOUNT_DOMAIN) {
        return Err(ArgumentError::NobodysAccount(text.to_owned()));
    }
    let name = account.as_str().split('@').next().unwrap_or_default();
    // The address becomes a part of the paths that are asked for: what would end a path or begin another one there is
    // no part of a name.
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if is_name { Ok(account) } else { Err(refuse()) }
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
    fn service_accounts() {
        for yes in [
            "deployer@acme-prod.iam.gserviceaccount.com",
            "12-compute@developer.gserviceaccount.com",
            "acme@appspot.gserviceaccount.com",
            "Deployer@acme-prod.example.com.iam.gserviceaccount.com",
        ] {
            assert!(service_account(yes).is_ok(), "{yes}");
        }
        for no in [
            "deployer",
            "",
            "owner/deployer@acme-prod.iam.gserviceaccount.com",
            "deployer?x@acme-prod.iam.gserviceaccount.com",
            "deployer#x@acme-prod.iam.gserviceaccount.com",
            "a%2fb@acme-prod.iam.gserviceaccount.com",
            "deployer@gserviceaccount.com@example.com",
        ] {
            let refused = service_account(no);
            assert!(
                matches!(refused, Err(ArgumentError::NotAnAccount(_))),
                "{no}"
            );
        }
        for somebody in ["alice@example.com", "a@evilgserviceaccount.com"] {
            let refused = service_account(somebody);
            assert!(
                matches!(refused, Err(ArgumentError::NobodysAccount(_))),
                "{somebody}"
            );
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
