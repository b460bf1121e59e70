//! Who is in which group, from Cloud Identity: nested groups, all pages, never an old answer where a fresh one is
//! asked for.
//!
//! The searches need Cloud Identity Premium or a Workspace Enterprise edition, and the administrator role Groups
//! Reader for the account that asks, which is the broker of the widest scope. Anything but an answer is an error, and
//! an error denies; only a group that Google says does not exist has no members.

mod customer;
mod flights;
mod kept;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use daypass_core::email::Email;
use daypass_engine::ports::{Directory, DirectoryError, Freshness, IamError};
use serde_json::Value;

pub use customer::Customer;

use crate::connect::Google;
use crate::credentials::Identity;
use crate::endpoints::expand;
use crate::pages::malformed;
use crate::transport::Call;
use flights::Flights;
use kept::Kept;

/// The key of the service among the endpoints.
pub(crate) const SERVICE: &str = "cloudidentity";

/// The label that every Google Group has; a search must name one.
const EVERY_GROUP: &str = "cloudidentity.googleapis.com/groups.discussion_forum";

/// Entries of a page: the most that Google gives (its discovery document, v1).
const PAGE: &str = "1000";

/// Where both searches have their entries.
const LIST: &str = "memberships";

/// How long one question may take, with all its pages and repetitions: a person is waiting for the answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Question {
    GroupsOf(Email),
    MembersOf(Email),
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GroupsOf(member) => write!(f, "the groups of {member}"),
            Self::MembersOf(group) => write!(f, "the members of {group}"),
        }
    }
}

/// An answer, or why there is none; shared by all who asked.
type Answer = Result<Arc<BTreeSet<Email>>, Arc<IamError>>;

/// The groups of one customer, in Cloud Identity.
#[derive(Debug, Clone)]
pub struct CloudIdentity(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    google: Arc<Google>,
    customer: Customer,
    kept: Kept,
    flights: Flights,
}

impl CloudIdentity {
    /// The groups of this customer, asked for over this way to Google. Nothing is called yet.
    pub fn new(google: Arc<Google>, customer: Customer) -> Self {
        Self(Arc::new(Inner {
            google,
            customer,
            kept: Kept::default(),
            flights: Flights::default(),
        }))
    }

    /// The groups that the address is in, nested ones included, asked of Google now. For an examination: who decides
    /// asks by the [`Directory`] port.
    pub async fn groups(&self, member: &Email) -> Result<BTreeSet<Email>, IamError> {
        self.0.groups(member).await
    }

    /// The people and service accounts in the group and in all groups within it, asked of Google now; none if there is
    /// no such group.
    pub async fn members(&self, group: &Email) -> Result<BTreeSet<Email>, IamError> {
        self.0.members(group).await
    }

    /// Whom Google sees asking, where that is known.
    pub fn account(&self) -> Option<&str> {
        self.0.google.brokers.reader().account()
    }

    async fn answer(
        &self,
        question: Question,
        freshness: Freshness,
    ) -> Result<BTreeSet<Email>, DirectoryError> {
        let now = self.0.google.transport.sources.monotonic();
        if let (Freshness::Cached, Some(kept)) = (freshness, self.0.kept.get(&question, now)) {
            return Ok(BTreeSet::clone(&kept));
        }
        let inner = Arc::clone(&self.0);
        let asked = question.clone();
        let answer = self
            .0
            .flights
            .join(&question, freshness, move || {
                let (inner, asked) = (Arc::clone(&inner), asked.clone());
                async move { inner.ask(&asked).await }
            })
            .await;
        match answer {
            Ok(found) => Ok(Arc::unwrap_or_clone(found)),
            Err(source) => Err(DirectoryError {
                message: question.to_string(),
                source: Some(Box::new(source)),
            }),
        }
    }
}

impl Inner {
    /// Asks Google, and keeps the answer for those who do not need a fresh one. It is as old as its question.
    async fn ask(&self, question: &Question) -> Answer {
        let asked = self.google.transport.sources.monotonic();
        let work = async {
            match question {
                Question::GroupsOf(member) => self.groups(member).await,
                Question::MembersOf(group) => self.members(group).await,
            }
        };
        let found = tokio::time::timeout(PATIENCE, work)
            .await
            .unwrap_or_else(|_| {
                Err(IamError::Unavailable {
                    message: format!("no answer within {} s", PATIENCE.as_secs()),
                    retry_after: None,
                })
            });
        match found {
            Ok(found) => {
                let found = Arc::new(found);
                self.kept.put(question.clone(), &found, asked);
                Ok(found)
            }
            Err(error) => {
                tracing::warn!(%question, error = %error, "Cloud Identity gave no answer");
                Err(Arc::new(error))
            }
        }
    }

    /// Who asks: directory rights do not belong to a scope of the resource hierarchy.
    fn reader(&self) -> &Identity {
        self.google.brokers.reader()
    }

    async fn groups(&self, member: &Email) -> Result<BTreeSet<Email>, IamError> {
        let query = format!(
            "member_key_id == {} && {} in labels && parent == {}",
            literal(member.as_str()),
            literal(EVERY_GROUP),
            literal(&self.customer.to_string()),
        );
        let path = "v1/groups/-/memberships:searchTransitiveGroups".to_owned();
        let call = Call {
            query: vec![("pageSize", PAGE.to_owned()), ("query", query)],
            ..Call::get(SERVICE, path, member.as_str())
        };
        let entries = self.google.pages(self.reader(), call, LIST).await?;
        let mut groups = BTreeSet::new();
        for entry in &entries {
            groups.extend(address(&entry["groupKey"])?);
        }
        Ok(groups)
    }

    async fn members(&self, group: &Email) -> Result<BTreeSet<Email>, IamError> {
        let Some(name) = self.name(group).await? else {
            return Ok(BTreeSet::new());
        };
        let path = expand("v1/{name}/memberships:searchTransitiveMemberships", &name);
        let call = Call {
            query: vec![("pageSize", PAGE.to_owned())],
            ..Call::get(SERVICE, path, group.as_str())
        };
        let entries = match self.google.pages(self.reader(), call, LIST).await {
            // It was deleted between the two calls.
            Err(IamError::NotFound { .. }) => return Ok(BTreeSet::new()),
            entries => entries?,
        };
        let mut members = BTreeSet::new();
        for entry in &entries {
            let name = entry["member"]
                .as_str()
                .ok_or_else(|| malformed("a member without a name"))?;
            // The groups within are resolved already: whoever is in them is in the list.
            if name.starts_with("groups/") {
                continue;
            }
            let keys = entry["preferredMemberKey"].as_array();
            for key in keys.ok_or_else(|| malformed("a member without a key"))? {
                members.extend(address(key)?);
            }
        }
        Ok(members)
    }

    /// `groups/<id>`, or none if Google knows no such group. The name is not kept: an address may be given to another
    /// group.
    async fn name(&self, group: &Email) -> Result<Option<String>, IamError> {
        let call = Call {
            query: vec![("groupKey.id", group.to_string())],
            ..Call::get(SERVICE, "v1/groups:lookup".to_owned(), group.as_str())
        };
        let answer = match self.google.patiently(self.reader(), &call).await {
            Err(IamError::NotFound { .. }) => return Ok(None),
            answer => answer?,
        };
        let name = answer["name"].as_str().filter(|name| {
            name.strip_prefix("groups/").is_some_and(|id| {
                !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
        });
        name.map(|name| Some(name.to_owned()))
            .ok_or_else(|| malformed("no name of the group"))
    }
}

/// The address in an `EntityKey`. None for what has no address: a device, a drive, or somebody of another identity
/// source, who has a namespace.
fn address(key: &Value) -> Result<Option<Email>, IamError> {
    let id = key["id"]
        .as_str()
        .ok_or_else(|| malformed("a key without an id"))?;
    let is_foreign = key["namespace"]
        .as_str()
        .is_some_and(|namespace| !namespace.is_empty());
    Ok(if is_foreign {
        None
    } else {
        Email::parse(id).ok()
    })
}

/// A string of CEL. An address may hold an apostrophe.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[async_trait]
impl Directory for CloudIdentity {
    async fn groups_of(
        &self,
        member: &Email,
        freshness: Freshness,
    ) -> Result<BTreeSet<Email>, DirectoryError> {
        self.answer(Question::GroupsOf(member.clone()), freshness)
            .await
    }

    async fn members_of(
        &self,
        group: &Email,
        freshness: Freshness,
    ) -> Result<BTreeSet<Email>, DirectoryError> {
        self.answer(Question::MembersOf(group.clone()), freshness)
            .await
    }

    async fn describe(&self) -> String {
        format!("the groups of {} in Cloud Identity", self.0.customer)
    }
}
