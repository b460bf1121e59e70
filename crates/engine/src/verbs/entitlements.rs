//! Looking at what may be asked for.

use std::collections::BTreeSet;

use daypass_core::decide::is_among;
use daypass_core::email::Email;
use daypass_core::entitlement::{Entitlement, EntitlementId};
use daypass_core::person::Person;
use daypass_core::principal::Principal;

use crate::ports::Freshness;
use crate::{Engine, EntitlementView, Error};

/// Most entitlements on a page.
const LARGEST_PAGE: usize = 500;

impl Engine {
    /// A page of what the person may ask for, give or approve, by id, and the cursor of the next page.
    pub async fn entitlements(
        &self,
        who: &Person,
        search: Option<&str>,
        after: Option<&EntitlementId>,
        limit: usize,
    ) -> Result<(Vec<EntitlementView>, Option<EntitlementId>), Error> {
        let (groups, principal, catalogue) = (
            self.groups_of(who, Freshness::Cached).await?,
            who.principal(),
            self.catalogue(),
        );
        let limit = limit.clamp(1, LARGEST_PAGE);
        let words: Vec<String> = search
            .unwrap_or_default()
            .to_lowercase()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let mut views: Vec<EntitlementView> = catalogue
            .naming(&principal, &groups)
            .into_iter()
            .filter(|entitlement| after.is_none_or(|after| entitlement.id > *after))
            .filter(|entitlement| words.is_empty() || mentions(entitlement, &words))
            .filter_map(|entitlement| {
                let standing = Standing::of(entitlement, &principal, &groups);
                standing.is_any().then(|| standing.view(entitlement))
            })
            .take(limit + 1)
            .collect();
        let next = if views.len() > limit {
            views.truncate(limit);
            views.last().map(|view| view.entitlement.id.clone())
        } else {
            None
        };
        Ok((views, next))
    }

    /// One entitlement. To one who has no part in it, there is none.
    pub async fn entitlement(
        &self,
        who: &Person,
        id: &EntitlementId,
    ) -> Result<EntitlementView, Error> {
        let (groups, catalogue) = (
            self.groups_of(who, Freshness::Cached).await?,
            self.catalogue(),
        );
        let found = catalogue.get(id).map(|entitlement| {
            (
                entitlement,
                Standing::of(entitlement, &who.principal(), &groups),
            )
        });
        match found {
            Some((entitlement, standing)) if standing.is_any() => Ok(standing.view(entitlement)),
            _ => Err(Error::NotFound {
                what: "entitlement",
                name: id.to_string(),
            }),
        }
    }
}

/// What part a person has in an entitlement.
#[derive(Clone, Copy)]
struct Standing {
    request: bool,
    give: bool,
    approve: bool,
}

impl Standing {
    fn of(entitlement: &Entitlement, who: &Principal, groups: &BTreeSet<Email>) -> Self {
        Self {
            request: is_among(&entitlement.requesters, who, groups),
            give: is_among(&entitlement.grantors, who, groups),
            approve: approves(entitlement, who, groups),
        }
    }

    fn is_any(self) -> bool {
        self.request || self.give || self.approve
    }

    fn view(self, entitlement: &Entitlement) -> EntitlementView {
        EntitlementView {
            entitlement: entitlement.clone(),
            may_request: self.request,
            may_give: self.give,
            may_approve: self.approve,
        }
    }
}

/// Whether the person has a say in some step of its approval.
pub(super) fn approves(
    entitlement: &Entitlement,
    who: &Principal,
    groups: &BTreeSet<Email>,
) -> bool {
    entitlement.approval.as_ref().is_some_and(|approval| {
        let mut steps = approval.steps.iter();
        steps.any(|step| {
            let later = step.escalate.as_ref().map_or(&[][..], |to| &to.to[..]);
            is_among(&step.approvers, who, groups) || is_among(later, who, groups)
        })
    })
}

/// Whether each word stands somewhere in the entitlement.
fn mentions(entitlement: &Entitlement, words: &[String]) -> bool {
    let privileges = entitlement.privileges.iter().flat_map(|privilege| {
        let roles = privilege.roles().iter().map(ToString::to_string);
        std::iter::once(privilege.place()).chain(roles)
    });
    let labels = entitlement
        .labels
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let text: Vec<String> = [
        entitlement.id.to_string(),
        entitlement.title.clone(),
        entitlement.description.clone(),
    ]
    .into_iter()
    .chain(labels)
    .chain(privileges)
    .map(|text| text.to_lowercase())
    .collect();
    words
        .iter()
        .all(|word| text.iter().any(|part| part.contains(word)))
}
