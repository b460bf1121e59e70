//! From the wire to the words of the core.

use daypass_api::{CreateGrant, Give, InputValue};
use daypass_core::console_url::project_or_resource;
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::entitlement::{EntitlementId, MOST_INPUTS};
use daypass_core::justification::printable;
use daypass_core::principal::Principal;
use daypass_core::request::Ask;
use daypass_engine::{Error, GiveWish, Wish};
use jiff::Timestamp;

use crate::failure::Failure;

/// Most addresses that hear of a request: it is a person's word to colleagues, not a mailing.
const MAX_NOTIFY: usize = 20;

/// Most roles and resources in `only`: more than any entitlement has.
const MAX_ONLY: usize = 200;

/// What is asked for, or given.
pub(crate) fn wish(body: CreateGrant) -> Result<Wish, Failure> {
    for (name, length, most) in [
        ("notify", body.notify.len(), MAX_NOTIFY),
        ("only", body.only.len(), MAX_ONLY),
        ("input", body.input.len(), MOST_INPUTS),
    ] {
        if length > most {
            return Err(Failure::invalid(format!(
                "'{name}' has {length} entries; at most {most} are read"
            )));
        }
    }
    let duration = body.duration.as_deref().map(Duration::parse).transpose()?;
    let start_at = body.start_at.as_deref().map(instant).transpose()?;
    let notify = body
        .notify
        .iter()
        .map(|text| Email::parse(text))
        .collect::<Result<Vec<_>, _>>()?;
    match (body.entitlement, body.give) {
        (Some(id), None) => {
            let mut ask = Ask::new(entitlement_id(&id)?);
            ask.beneficiary = body.beneficiary.as_deref().map(principal).transpose()?;
            ask.duration = duration;
            ask.start_at = start_at;
            ask.only = body.only;
            ask.justification = body.justification;
            ask.inputs = body.input.into_iter().map(typed).collect();
            ask.notify = notify;
            Ok(Wish::Ask(ask))
        }
        (None, Some(Give { role, on, to })) => {
            if !body.only.is_empty() || body.beneficiary.is_some() || !body.input.is_empty() {
                return Err(Failure::invalid(
                    "'only', 'beneficiary' and 'input' do not go with 'give'",
                )
                .hint("'give' names one role, one resource and one receiver"));
            }
            let (role, resource, to) = (role.parse()?, project_or_resource(&on)?, principal(&to)?);
            Ok(Wish::Give(GiveWish {
                role,
                resource,
                to,
                duration,
                start_at,
                justification: body.justification,
                notify,
            }))
        }
        (Some(_), Some(_)) => Err(Failure::invalid(
            "'entitlement' and 'give' exclude each other",
        )),
        (None, None) => Err(Failure::invalid("it is not said what is wanted")
            .hint("name an 'entitlement', or what to 'give'")),
    }
}

/// An input as if it had been typed: the entitlement says what it is, not the client.
fn typed((name, value): (String, InputValue)) -> (String, String) {
    (name, value.to_string())
}

/// An entitlement's id; what cannot be one is not found.
pub(crate) fn entitlement_id(text: &str) -> Result<EntitlementId, Failure> {
    EntitlementId::parse(text).ok_or_else(|| {
        Error::NotFound {
            what: "entitlement",
            name: printable(text, 70),
        }
        .into()
    })
}

/// An IAM principal, or an address.
fn principal(text: &str) -> Result<Principal, Failure> {
    let text = text.trim();
    // The public is refused as what it is, not as a bad address.
    if text.contains(':') || matches!(text, "allUsers" | "allAuthenticatedUsers") {
        Ok(text.parse()?)
    } else {
        Ok(Principal::of_account(Email::parse(text)?))
    }
}

/// A point in time with its offset.
pub(crate) fn instant(text: &str) -> Result<Timestamp, Failure> {
    text.trim().parse().map_err(|_| {
        Failure::invalid(format!("'{}' is not a point in time", printable(text, 40)))
            .hint("write it as in 2030-01-31T09:00:00Z (RFC 3339)")
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn give(on: &str, to: &str) -> CreateGrant {
        CreateGrant {
            give: Some(Give {
                role: "roles/storage.admin".into(),
                on: on.into(),
                to: to.into(),
            }),
            ..CreateGrant::default()
        }
    }

    #[test]
    fn a_receiver_is_a_principal_or_an_address() {
        for (to, member) in [
            ("bob@example.com", "user:bob@example.com"),
            ("group:sre@example.com", "group:sre@example.com"),
            (
                "d@p-1.iam.gserviceaccount.com",
                "serviceAccount:d@p-1.iam.gserviceaccount.com",
            ),
        ] {
            let Wish::Give(wish) = wish(give(
                "https://console.cloud.google.com/home?project=acme-prod",
                to,
            ))
            .unwrap() else {
                panic!("not a gift")
            };
            assert_eq!(wish.to.to_string(), member);
            assert_eq!(wish.resource.as_str(), "projects/acme-prod");
        }
    }

    #[test]
    fn each_bad_word_is_refused_with_a_hint() {
        let ask = || CreateGrant {
            entitlement: Some("prod-storage".into()),
            ..CreateGrant::default()
        };
        for (body, said) in [
            (
                CreateGrant {
                    duration: Some("0m".into()),
                    ..ask()
                },
                "not positive",
            ),
            (
                CreateGrant {
                    duration: Some("soon".into()),
                    ..ask()
                },
                "not a duration",
            ),
            (
                CreateGrant {
                    start_at: Some("tomorrow".into()),
                    ..ask()
                },
                "not a point in time",
            ),
            (
                CreateGrant {
                    start_at: Some("2030-01-01T00:00:00".into()),
                    ..ask()
                },
                "not a point in time",
            ),
            (
                CreateGrant {
                    beneficiary: Some("allUsers:x".into()),
                    ..ask()
                },
                "not a principal",
            ),
            (
                CreateGrant {
                    notify: vec!["a@b@c".into()],
                    ..ask()
                },
                "not an e-mail address",
            ),
            (
                CreateGrant {
                    notify: vec!["a@example.com".into(); 21],
                    ..ask()
                },
                "at most 20",
            ),
            (
                CreateGrant {
                    only: vec!["projects/acme-prod".into(); 201],
                    ..ask()
                },
                "at most 200",
            ),
            (
                give("https://console.cloud.google.com/home", "bob@example.com"),
                "could not find a project ID",
            ),
            (give("projects/acme-prod", "allUsers"), "allUsers"),
            (
                CreateGrant {
                    give: give("a-b-c-d", "b@example.com").give,
                    ..ask()
                },
                "exclude",
            ),
            (
                CreateGrant {
                    only: vec!["x".into()],
                    ..give("acme-prod", "b@example.com")
                },
                "do not go",
            ),
            (CreateGrant::default(), "not said"),
        ] {
            let failure = wish(body).unwrap_err();
            assert!(
                failure.detail.contains(said),
                "{} has no '{said}'",
                failure.detail
            );
            assert_eq!(failure.status, 400);
        }
    }
}
