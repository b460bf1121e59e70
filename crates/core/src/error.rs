use thiserror::Error as ThisError;

/// A value that cannot be what it claims to be. Each message names the value and what was expected; [`Error::hint`]
/// says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[expect(missing_docs, reason = "the messages are the documentation")]
pub enum Error {
    #[error("'{0}' is not an e-mail address")]
    Email(String),
    #[error("'{0}' is not a principal")]
    Principal(String),
    #[error("{0} cannot be given anything by Daypass")]
    PublicPrincipal(String),
    #[error("'{0}' is not a resource that Daypass knows")]
    Resource(String),
    #[error("could not find a project ID in the URL '{0}'")]
    ConsoleUrl(String),
    #[error("'{0}' is not a role")]
    Role(String),
    #[error("{0} is a basic role, which takes no condition and so cannot end by itself")]
    BasicRole(String),
    #[error("'{0}' is not a duration")]
    Duration(String),
    #[error("a duration of {0} is not positive")]
    DurationNotPositive(String),
    #[error("'{0}' is longer than the longest duration, 366d")]
    DurationTooLong(String),
    #[error("'{0}' is not a grant id")]
    GrantId(String),
    #[error("the condition is not well formed: {0}")]
    Condition(String),
    #[error("the justification {0}")]
    Justification(String),
    #[error("the policy is not one that IAM returns: {0}")]
    Policy(String),
    #[error("the point in time is out of range")]
    TimeOutOfRange,
}

impl Error {
    /// The next step for the person who wrote the value.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Email(_) => "write it as name@example.com, with one @",
            Self::Principal(_) => {
                "write user:…, group:…, serviceAccount:…, domain:…, principal://… or principalSet://…"
            }
            Self::PublicPrincipal(_) => {
                "name the users, groups or service accounts that need the access"
            }
            Self::Resource(_) => {
                "write projects/ID, folders/NUMBER, organizations/NUMBER, buckets/NAME, projects/P/secrets/S, …; \
                 'daypass doctor --resource-kinds' lists them all"
            }
            Self::ConsoleUrl(_) => {
                "copy an address of the Cloud Console that has ?project=ID, or write projects/ID"
            }
            Self::Role(_) => {
                "write roles/NAME, projects/P/roles/NAME or organizations/N/roles/NAME"
            }
            Self::BasicRole(_) => {
                "name a predefined or custom role instead, such as roles/compute.viewer"
            }
            Self::Duration(_) | Self::DurationNotPositive(_) => {
                "write 90m, 1h30m, 7d, PT90M or 5400s"
            }
            Self::DurationTooLong(_) => "write a shorter one",
            Self::GrantId(_) => "'daypass status' lists your grants with their ids",
            Self::Condition(_) => {
                "check quotes and brackets; the condition is CEL as in the IAM documentation, at most 12 logical operators"
            }
            Self::Justification(_) => "write one or two lines of plain text: the ticket, then why",
            Self::Policy(_) => {
                "try again; if it stays, 'daypass doctor' shows what Google answered"
            }
            Self::TimeOutOfRange => return None,
        })
    }
}
