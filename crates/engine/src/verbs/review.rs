//! Looking at an emergency afterwards.

use daypass_core::decide::{is_among, may_review};
use daypass_core::grant::{Grant, TransitionError};
use daypass_core::ids::GrantId;
use daypass_core::person::Person;

use super::approve::comment;
use crate::ports::Freshness;
use crate::{Caller, Engine, Error};

impl Engine {
    /// Records the review that is owed for an emergency.
    pub async fn review(
        &self,
        caller: &Caller,
        id: GrantId,
        justified: bool,
        said: Option<&str>,
    ) -> Result<Grant, Error> {
        let grant = self.visible(&caller.person, id).await?;
        let Some(review) = &grant.review else {
            return Err(TransitionError::NoReviewOwed.into());
        };
        let groups = self.groups_of(&caller.person, Freshness::Fresh).await?;
        may_review(&grant, review, &caller.person, &groups)
            .map_err(|rule| Error::Denied(vec![rule]))?;
        let (said, now) = (comment(said), self.now());
        self.change(id, |grant| {
            grant.record_review(
                &caller.person,
                justified,
                said.as_deref(),
                caller.channel,
                now,
            )
        })
        .await
    }

    /// Whether the person is among those who review this grant.
    pub(crate) async fn reviews(
        &self,
        who: &Person,
        grant: &Grant,
        freshness: Freshness,
    ) -> Result<bool, Error> {
        let Some(review) = &grant.review else {
            return Ok(false);
        };
        let groups = self.groups_of(who, freshness).await?;
        Ok(is_among(&review.by, &who.principal(), &groups))
    }
}
