//! Making an active grant last longer: a new request with its own decision, never a moved date (I21).

use daypass_core::duration::Duration;
use daypass_core::grant::{Grant, TransitionError};
use daypass_core::ids::GrantId;
use daypass_core::request::{Ask, AskKind, Parent};
use daypass_core::state::State;

use super::end::concerns;
use crate::ports::IdempotencyKey;
use crate::{Caller, Engine, Error};

impl Engine {
    /// Asks for an extension, and returns it: a grant of its own.
    pub async fn extend(
        &self,
        caller: &Caller,
        id: GrantId,
        duration: Option<Duration>,
        justification: Option<String>,
        key: Option<IdempotencyKey>,
    ) -> Result<Grant, Error> {
        if let Some(grant) = self.already_made(key.as_ref()).await? {
            return Ok(grant);
        }
        let parent = self.visible(&caller.person, id).await?;
        if !concerns(&parent, &caller.person) {
            return Err(Error::NotFound {
                what: "grant",
                name: id.to_string(),
            });
        }
        let (State::Active, Some(window)) = (parent.state, parent.window) else {
            return Err(TransitionError::NotAllowed {
                from: parent.state,
                to: State::Active,
            }
            .into());
        };
        let catalogue = self.catalogue();
        let missing = || match self.withheld(&parent.terms.entitlement) {
            Some(rule) => Error::Denied(vec![rule]),
            None => Error::NotFound {
                what: "entitlement",
                name: parent.terms.entitlement.to_string(),
            },
        };
        let entitlement = catalogue
            .get(&parent.terms.entitlement)
            .ok_or_else(missing)?;
        let earlier = parent
            .terms
            .justification
            .as_ref()
            .map(|text| text.as_str().to_owned());
        let ask = Ask {
            kind: AskKind::Extend(Parent {
                grant: parent.id,
                window,
                beneficiary: parent.terms.beneficiary.clone(),
                privileges: parent.terms.privileges.clone(),
                impersonations: parent.terms.impersonations.clone(),
                given: parent.ask.gives() && parent.terms.requester.is_same_human(&caller.person),
            }),
            duration,
            justification: justification.or(earlier),
            inputs: parent.ask.inputs.clone(),
            notify: parent.terms.notify.clone(),
            ..Ask::new(parent.terms.entitlement.clone())
        };
        self.make(caller, entitlement, ask, key).await
    }
}
