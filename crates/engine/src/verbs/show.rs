//! Looking at grants.

use daypass_core::decide::{is_among, may_approve};
use daypass_core::email::Email;
use daypass_core::entitlement::EntitlementId;
use daypass_core::grant::Grant;
use daypass_core::ids::GrantId;
use daypass_core::person::Person;
use daypass_core::state::State;

use super::end::concerns;
use crate::ports::GrantFilter;
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
            GrantScope::Overseen => {
                filter.entitlements = Some(self.overseen(who, query.entitlement.as_ref()).await?);
            }
        }
        let page = self.store().grants(&filter).await?;
        let mut views = Vec::with_capacity(page.grants.len());
        let groups = self.groups_of(who).await?;
        for grant in page.grants {
            let may_decide = decidable_by(&grant, who, &groups);
            if query.scope != GrantScope::Inbox || may_decide {
                let may_end = ends(&grant, who)
                    || (!grant.state.is_terminal() && query.scope == GrantScope::Overseen);
                views.push(GrantView {
                    grant,
                    may_decide,
                    may_end,
                });
            }
        }
        Ok((views, page.next))
    }

    /// The grant, if the person may know of it: it concerns them, or they oversee its entitlement.
    pub(crate) async fn visible(&self, who: &Person, id: GrantId) -> Result<Grant, Error> {
        let grant = self.load(id).await?;
        if concerns(&grant, who)
            || self.oversees(who, &grant).await?
            || self.is_auditor(who).await?
        {
            Ok(grant)
        } else {
            Err(Error::NotFound {
                what: "grant",
                name: id.to_string(),
            })
        }
    }

    /// Whether the person may read everything.
    pub(crate) async fn is_auditor(&self, who: &Person) -> Result<bool, Error> {
        if self.0.settings.auditors.is_empty() {
            return Ok(false);
        }
        Ok(is_among(
            &self.0.settings.auditors,
            &who.principal(),
            &self.groups_of(who).await?,
        ))
    }

    async fn view(&self, who: &Person, grant: Grant) -> Result<GrantView, Error> {
        let groups = self.groups_of(who).await?;
        let may_decide = decidable_by(&grant, who, &groups);
        let may_end =
            ends(&grant, who) || (!grant.state.is_terminal() && self.may_end(who, &grant).await?);
        Ok(GrantView {
            grant,
            may_decide,
            may_end,
        })
    }

    /// The entitlements that the person approves, gives or owns.
    async fn overseen(
        &self,
        who: &Person,
        only: Option<&EntitlementId>,
    ) -> Result<Vec<EntitlementId>, Error> {
        let (groups, principal, catalogue) = (
            self.groups_of(who).await?,
            who.principal(),
            self.catalogue(),
        );
        let is_overseer = |entitlement: &&daypass_core::entitlement::Entitlement| {
            let lists = [
                &entitlement.grantors[..],
                entitlement
                    .approval
                    .as_ref()
                    .map_or(&[], |a| &a.approvers[..]),
                entitlement.owner.as_slice(),
            ];
            lists.iter().any(|list| is_among(list, &principal, &groups))
        };
        Ok(catalogue
            .iter()
            .filter(|entitlement| only.is_none_or(|id| entitlement.id == *id))
            .filter(is_overseer)
            .map(|entitlement| entitlement.id.clone())
            .collect())
    }
}

fn decidable_by(grant: &Grant, who: &Person, groups: &std::collections::BTreeSet<Email>) -> bool {
    grant.state == State::ApprovalAwaited
        && !grant
            .votes
            .iter()
            .any(|vote| vote.person.is_same_human(who))
        && grant
            .approval
            .as_ref()
            .is_some_and(|approval| may_approve(approval, &grant.terms, who, groups).is_ok())
}

fn ends(grant: &Grant, who: &Person) -> bool {
    !grant.state.is_terminal() && concerns(grant, who)
}
