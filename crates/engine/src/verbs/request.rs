//! Asking for an entitlement, or giving it.

use daypass_core::decide::Outcome;
use daypass_core::entitlement::Entitlement;
use daypass_core::grant::Grant;
use daypass_core::request::Ask;
use daypass_core::state::State;
use jiff::{SignedDuration, Timestamp};

use super::explain::resolve;
use crate::ports::{Change, Freshness, GrantFilter, IdempotencyKey, StoreError};
use crate::{Caller, Engine, Error, Wish, crash};

/// How often a request is decided again because its entitlement was edited meanwhile.
const MOST_EDITS: usize = 3;

impl Engine {
    /// Records a request and sets it going. With a key, a repeated request answers with the first one's grant.
    pub async fn request(
        &self,
        caller: &Caller,
        wish: Wish,
        key: Option<IdempotencyKey>,
    ) -> Result<Grant, Error> {
        if let Some(grant) = self.already_made(key.as_ref()).await? {
            return Ok(grant);
        }
        let catalogue = self.catalogue();
        let (entitlement, ask) =
            resolve(&catalogue, &wish).map_err(|error| self.unless_withheld(&wish, error))?;
        self.make(caller, entitlement, ask, key).await
    }

    /// The grant that an earlier request with this key made.
    pub(super) async fn already_made(
        &self,
        key: Option<&IdempotencyKey>,
    ) -> Result<Option<Grant>, Error> {
        let Some(key) = key else { return Ok(None) };
        let taken = |error| match error {
            StoreError::Conflict => {
                Error::Conflict("the idempotency key was used for another request".into())
            }
            error => Error::Store(error),
        };
        match self.store().idempotent(key).await.map_err(taken)? {
            Some(id) => Ok(Some(self.load(id).await?)),
            None => Ok(None),
        }
    }

    /// Decides, and records the grant if no rule is broken. Decided again where an edit came into force while Google and
    /// the directory were asked: what is recorded was decided under what is in force (I23).
    pub(super) async fn make(
        &self,
        caller: &Caller,
        entitlement: &Entitlement,
        ask: Ask,
        key: Option<IdempotencyKey>,
    ) -> Result<Grant, Error> {
        let mut edited: Option<Entitlement> = None;
        for _ in 0..MOST_EDITS {
            let entitlement = edited.as_ref().unwrap_or(entitlement);
            let made = self
                .decide_and_record(caller, entitlement, &ask, key.clone())
                .await?;
            if let Some(grant) = made {
                return Ok(grant);
            }
            let id = &ask.entitlement;
            let now = self.catalogue().get(id).cloned();
            edited = Some(now.ok_or_else(|| Error::NotFound {
                what: "entitlement",
                name: id.to_string(),
            })?);
        }
        Err(Error::Conflict(
            "the entitlement is being edited; ask again in a moment".into(),
        ))
    }

    /// None: another version of the entitlement is in force by now.
    async fn decide_and_record(
        &self,
        caller: &Caller,
        entitlement: &Entitlement,
        ask: &Ask,
        key: Option<IdempotencyKey>,
    ) -> Result<Option<Grant>, Error> {
        let decision = self
            .decide(entitlement, &caller.person, ask, Freshness::Fresh)
            .await?;
        let approval = match decision.outcome {
            Outcome::Denied => return Err(Error::Denied(decision.rules)),
            Outcome::NeedsApproval(approval) => Some(approval),
            Outcome::Granted => None,
        };
        let Some(terms) = decision.terms else {
            return Err(Error::Denied(decision.rules));
        };
        // Held until the request is in the record, or a hundred at once would all find room for one more.
        let _turn = self.0.asking.of(&caller.person.email).await;
        self.bound(caller, approval.is_some()).await?;
        let (mut grant, entries) = Grant::new(
            self.new_id(),
            ask.clone(),
            terms,
            approval,
            caller.actor(),
            self.now(),
        );
        if !self.is_in_force(&grant) {
            return Ok(None);
        }
        let change = Change {
            grant: Some(grant.clone()),
            is_new: true,
            entries,
            idempotency: key.clone(),
        };
        crash::point("before-request-commit");
        match self.store().commit(vec![change]).await {
            Ok(()) => {}
            // The same key at the same moment: the other one won, and its grant is the answer.
            Err(StoreError::Conflict) => {
                let made = self.already_made(key.as_ref()).await?;
                return made
                    .map(Some)
                    .ok_or_else(|| Error::Conflict("the request was made twice at once".into()));
            }
            Err(error) => return Err(error.into()),
        }
        crash::point("after-request-commit");
        grant.revision += 1;
        self.wake();
        Ok(Some(grant))
    }

    /// Refuses more requests than one person can mean.
    async fn bound(&self, caller: &Caller, waits: bool) -> Result<(), Error> {
        let settings = &self.0.settings;
        let most = settings.max_open_requests.max(settings.requests_an_hour);
        let filter = GrantFilter {
            concerning: Some(caller.person.email.clone()),
            limit: most,
            ..GrantFilter::default()
        };
        let hour_ago = self.now().checked_sub(SignedDuration::from_hours(1)).ok();
        let in_hour = self
            .own_requests(caller, filter.clone(), settings.requests_an_hour, hour_ago)
            .await?;
        if in_hour >= settings.requests_an_hour {
            return Err(Error::TooMany(format!(
                "{in_hour} in the last hour; {} are allowed",
                settings.requests_an_hour
            )));
        }
        if !waits {
            return Ok(());
        }
        let filter = GrantFilter {
            states: vec![State::ApprovalAwaited],
            ..filter
        };
        let open = self
            .own_requests(caller, filter, settings.max_open_requests, None)
            .await?;
        if open >= settings.max_open_requests {
            return Err(Error::TooMany(format!(
                "{open} wait for approval; {} are allowed",
                settings.max_open_requests
            )));
        }
        Ok(())
    }

    /// How many grants the caller asked for since then, counted up to `most`. What others ask for on the caller's behalf
    /// is on the same pages and does not count.
    async fn own_requests(
        &self,
        caller: &Caller,
        mut filter: GrantFilter,
        most: usize,
        since: Option<Timestamp>,
    ) -> Result<usize, Error> {
        let mut count = 0;
        loop {
            let page = self.store().grants(&filter).await?;
            let recent = |grant: &Grant| since.is_none_or(|since| grant.created_at > since);
            count += page
                .grants
                .iter()
                .filter(|grant| recent(grant))
                .filter(|grant| grant.terms.requester.is_same_human(&caller.person))
                .count();
            // Newest first: behind the first that is too old all are.
            let goes_on = page.grants.last().is_some_and(recent);
            filter.before = page.next.filter(|_| goes_on && count < most);
            if filter.before.is_none() {
                return Ok(count);
            }
        }
    }
}
