//! Which account a token is of.

use daypass_core::email::Email;
use daypass_core::entitlement::{Impersonation, TOKEN_MINTER_ROLE, Via};
use daypass_core::grant::Grant;

use crate::Error;

/// The account that is meant: the one named, or the only one there is.
pub(super) fn chosen<'a>(
    grant: &'a Grant,
    named: Option<&Email>,
) -> Result<&'a Impersonation, Error> {
    let minted = || {
        let all = grant.terms.impersonations.iter();
        all.filter(|one| one.via == Via::Broker)
    };
    let names: Vec<&str> = minted().map(|one| one.service_account.as_str()).collect();
    let invalid = |message: String, hint: String| Error::Invalid {
        message,
        hint: Some(hint),
    };
    let listed = || format!("name one of {}", names.join(", "));
    let Some(named) = named else {
        let mut all = minted();
        return match (all.next(), all.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(nothing_to_mint(grant)),
            (Some(_), Some(_)) => Err(invalid(
                format!("the grant lets you act as {} accounts", names.len()),
                listed(),
            )),
        };
    };
    let found = minted().find(|one| one.service_account == *named);
    found.ok_or_else(|| {
        if names.is_empty() {
            nothing_to_mint(grant)
        } else {
            invalid(
                format!("the grant does not let you act as {named}"),
                listed(),
            )
        }
    })
}

/// The grant gives no token of the server's: by a binding, Google gives them to the person's own credentials.
fn nothing_to_mint(grant: &Grant) -> Error {
    let by_binding = grant.terms.privileges.iter().any(|one| {
        let role = one.role.as_str();
        role.rsplit_once("/roles/")
            .is_some_and(|(_, id)| id == TOKEN_MINTER_ROLE)
    });
    let (message, hint) = if by_binding {
        (
            "the server mints no tokens for this grant: by its binding you mint them with your own credentials",
            "gcloud auth print-access-token --impersonate-service-account=ACCOUNT",
        )
    } else {
        (
            "the grant lets nobody act as a service account",
            "'daypass list' shows what you may ask for",
        )
    };
    Error::Invalid {
        message: message.into(),
        hint: Some(hint.into()),
    }
}
