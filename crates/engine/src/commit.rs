//! Changing one grant: read, change, write over the revision that was read, and try again if somebody was faster.

use daypass_core::audit::Entry;
use daypass_core::grant::{Grant, TransitionError};
use daypass_core::ids::GrantId;
use daypass_core::state::State;

use crate::ports::{Change, StoreError};
use crate::{Engine, Error};

/// How often a change is tried over when others change the same grant meanwhile.
const TRIES: usize = 10;

impl Engine {
    /// The grant, or the error that there is none.
    pub(crate) async fn load(&self, id: GrantId) -> Result<Grant, Error> {
        let found = self.store().grant(id).await?;
        found.ok_or_else(|| Error::NotFound {
            what: "grant",
            name: id.to_string(),
        })
    }

    /// Applies one transition durably, and returns the grant as it is now. The transition is decided afresh on each
    /// try, so that of two that race exactly one wins (I20).
    pub(crate) async fn change(
        &self,
        id: GrantId,
        mut transition: impl FnMut(&mut Grant) -> Result<Vec<Entry>, TransitionError> + Send,
    ) -> Result<Grant, Error> {
        for _ in 0..TRIES {
            let mut grant = self.load(id).await?;
            let before = grant.state;
            let entries = transition(&mut grant)?;
            if entries.is_empty() {
                return Ok(grant);
            }
            match self
                .store()
                .commit(vec![Change::of(grant.clone(), entries)])
                .await
            {
                Ok(()) => {
                    grant.revision += 1;
                    if grant.state == State::ActivationFailed && before != grant.state {
                        let (entitlement, why) = (&grant.terms.entitlement, &grant.failure);
                        tracing::warn!(grant = %grant.id, %entitlement, why = why.as_deref(), "a grant could not be put in force");
                    }
                    return Ok(grant);
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Conflict(format!(
            "the grant {id} is being changed by others"
        )))
    }
}

impl Change {
    /// A change of a grant that the store has.
    pub fn of(grant: Grant, entries: Vec<Entry>) -> Self {
        Self {
            grant: Some(grant),
            is_new: false,
            entries,
            idempotency: None,
        }
    }

    /// Entries that concern no grant of the store.
    pub fn record(entries: Vec<Entry>) -> Self {
        Self {
            grant: None,
            is_new: false,
            entries,
            idempotency: None,
        }
    }
}
