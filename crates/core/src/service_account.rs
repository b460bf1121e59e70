//! What the address of a service account tells (<https://cloud.google.com/iam/docs/service-account-types>).

use crate::email::Email;

/// The domain of the accounts that users make in a project, behind the project's id.
const USER_MANAGED: &str = ".iam.gserviceaccount.com";

/// The default accounts of Compute Engine: `NUMBER-compute@` this.
const COMPUTE_ENGINE: &str = "developer.gserviceaccount.com";

/// The default accounts of App Engine: `PROJECT@` this.
const APP_ENGINE: &str = "appspot.gserviceaccount.com";

/// The id of the project in which somebody made this account; none for Google's own accounts and for people.
pub fn user_managed_project(account: &Email) -> Option<&str> {
    account.domain().strip_suffix(USER_MANAGED)
}

/// The project that the account belongs to, by id or, for the default account of Compute Engine, by number.
pub fn project_of(account: &Email) -> Option<&str> {
    project_of_address(account.as_str())
}

/// The same of an address that was not read as one.
pub(crate) fn project_of_address(address: &str) -> Option<&str> {
    let (local, domain) = address.split_once('@')?;
    match domain {
        COMPUTE_ENGINE => local.strip_suffix("-compute"),
        APP_ENGINE => Some(local),
        _ => domain.strip_suffix(USER_MANAGED),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn addresses() {
        for (address, project, made_in) in [
            ("a@acme.iam.gserviceaccount.com", Some("acme"), Some("acme")),
            ("12-compute@developer.gserviceaccount.com", Some("12"), None),
            ("12@developer.gserviceaccount.com", None, None),
            ("acme@appspot.gserviceaccount.com", Some("acme"), None),
            ("alice@example.com", None, None),
            ("a@iam.gserviceaccount.com", None, None),
            ("a@acme.iam.gserviceaccount.com.evil.com", None, None),
        ] {
            let account = Email::parse(address).unwrap();
            assert_eq!(project_of(&account), project, "{address}");
            assert_eq!(user_managed_project(&account), made_in, "{address}");
        }
    }
}
