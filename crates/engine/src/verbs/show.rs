//! Looking at grants.

use std::collections::BTreeSet;

use daypass_core::Timestamp;
use daypass_core::decide::{is_among, may_approve, may_review, may_veto};
use daypass_core::email::Email;
use daypass_core::entitlement::{Entitlement, EntitlementId};
use daypass_core::grant::Grant;
use daypass_core::ids::GrantId;
use daypass_core::person::Person;
use daypass_core::state::State;

use super::end::concerns;
use super::entitlements::approves;
use crate::ports::{Freshness, GrantFilter};
use crate::{Engine, Error, GrantScope, GrantView, GrantsQuery};

/// Most grants on a page.
const LARGEST_PAGE: usize = 200;

impl Engine {
    /// One grant. To one who may not see it, there is none.
    pub async fn grant(&self, who: &Person, id: GrantId) -> Result<GrantView, Error> {
        let grant = self.visible(who, id).await?;
        self.view(who, grant).await
    }

    /// A page of grants, newest first, and the cursor of the next page.
    pub async fn grants(
        &self,
        who: &Person,
        query: &GrantsQuery,
    ) -> Result<(Vec<GrantView>, Option<GrantId>), Error> {
        let mut filter = GrantFilter {
            states: query.states.clone(),
            entitlements: query.entitlement.clone().map(|id| vec![id]),
            before: query.before,
            limit: query.limit.clamp(1, LARGEST_PAGE),
            ..GrantFilter::default()
        };
        match query.scope {
            GrantScope::Mine => filter.concerning = Some(who.email.clone()),
            GrantScope::Inbox => {
                filter.states = vec![State::ApprovalAwaited];
                filter.entitlements = Some(self.overseen(who, query.entitlement.as_ref()).await?);
            }
            GrantScope::Reviews => filter.review_owed = true,
            GrantScope::Overseen => {
                filter.entitlements = Some(self.overseen(who, query.entitlement.as_ref()).await?);
            }
        }
        let page = self.store().grants(&filter).await?;
        let mut views = Vec::with_capacity(page.grants.len());
        let groups = self.groups_of(who, Freshness::Cached).await?;
        for grant in page.grants {
            let may_end = ends(&grant, who)
                || (!grant.state.is_terminal() && query.scope == GrantScope::Overseen);
            let view = as_seen_by(grant, who, &groups, self.now(), may_end);
            let is_asked_for = match query.scope {
                GrantScope::Inbox => view.may_decide,
                GrantScope::Reviews => view.may_review,
                GrantScope::Mine | GrantScope::Overseen => true,
            };
            if is_asked_for {
                views.push(view);
            }
        }
        Ok((views, page.next))
    }

    /// The grant, if the person may know of it: it concerns them, or they oversee its entitlement. Nobody is turned
    /// away by an old answer: who was just made an approver is one.
    pub(crate) async fn visible(&self, who: &Person, id: GrantId) -> Result<Grant, Error> {
        let grant = self.load(id).await?;
        if concerns(&grant, who) {
            return Ok(grant);
        }
        for freshness in [Freshness::Cached, Freshness::Fresh] {
            if self.oversees(who, &grant, freshness).await?
                || self.reviews(who, &grant, freshness).await?
                || self.is_auditor(who, freshness).await?
            {
                return Ok(grant);
            }
        }
        Err(Error::NotFound {
            what: "grant",
            name: id.to_string(),
        })
    }

    /// Whether the person may read everything.
    pub(crate) async fn is_auditor(
        &self,
        who: &Person,
        freshness: Freshness,
    ) -> Result<bool, Error> {
        if self.0.settings.auditors.is_empty() {
            return Ok(false);
        }
        Ok(is_among(
            &self.0.settings.auditors,
            &who.principal(),
            &self.groups_of(who, freshness).await?,
        ))
    }

    async fn view(&self, who: &Person, grant: Grant) -> Result<GrantView, Error> {
        let groups = self.groups_of(who, Freshness::Cached).await?;
        let may_end = ends(&grant, who)
            || (!grant.state.is_terminal() && self.may_end(who, &grant, Freshness::Cached).await?);
        Ok(as_seen_by(grant, who, &groups, self.now(), may_end))
    }

    /// The entitlements that the person approves, gives or owns.
    async fn overseen(
        &self,
        who: &Person,
        only: Option<&EntitlementId>,
    ) -> Result<Vec<EntitlementId>, Error> {
        let (groups, principal, catalogue) = (
            self.groups_of(who, Freshness::Cached).await?,
            who.principal(),
            self.catalogue(),
        );
        let is_overseer = |entitlement: &&Entitlement| {
            let lists = [&entitlement.grantors[..], entitlement.owner.as_slice()];
            lists.iter().any(|list| is_among(list, &principal, &groups))
                || approves(entitlement, &principal, &groups)
        };
        Ok(catalogue
            .naming(&principal, &groups)
            .into_iter()
            .filter(|entitlement| only.is_none_or(|id| entitlement.id == *id))
            .filter(is_overseer)
            .map(|entitlement| entitlement.id.clone())
            .collect())
    }
}

/// The grant with what the person may do about it. Who has said yes can only say no any more.
fn as_seen_by(
    grant: Grant,
    who: &Person,
    groups: &BTreeSet<Email>,
    now: Timestamp,
    may_end: bool,
) -> GrantView {
    let has_voted = |vote: &daypass_core::approval::Vote| vote.person.is_same_human(who);
    let is_open = grant.state == State::ApprovalAwaited;
    let reviews = |review| may_review(&grant, review, who, groups).is_ok();
    GrantView {
        may_decide: is_open
            && !grant.votes.iter().any(has_voted)
            && may_approve(&grant, who, groups, now).is_ok(),
        may_deny: is_open && may_veto(&grant, who, groups).is_ok(),
        may_review: grant.owes_review() && grant.review.as_ref().is_some_and(reviews),
        grant,
        may_end,
    }
}

fn ends(grant: &Grant, who: &Person) -> bool {
    !grant.state.is_terminal() && concerns(grant, who)
}
