//! The policy writer: the one place that writes an IAM policy.
//!
//! Read version 3, plan, write with the etag, and on a conflict or an unknown outcome read again: never a blind
//! write. Everything that waits for one resource goes into one write; a refusal is traced to the guilty edit by
//! Google's words, else by halving, and the others go through.

use std::collections::BTreeMap;
use std::sync::Arc;

use daypass_core::binding::CanonicalResource;
use daypass_core::iam_policy::Policy;
use daypass_core::ids::GrantId;
use daypass_core::mutant::{self, Mutant};
use daypass_core::plan::{Edit, Plan, Unit, plan};
use daypass_core::reason::RequestReason;
use daypass_core::resource::ResourceName;
use daypass_core::retry;
use futures::future::BoxFuture;

use crate::ports::{Iam, IamError};
use crate::{Engine, Error, crash};

/// Most writes in one run over one resource: a bound on what a hostile mix of refusals can cost.
const MAX_WRITES: u32 = 48;

/// What became of a batch.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The units that Google, or a limit, refused for good, and why.
    pub(crate) refused: BTreeMap<GrantId, String>,
    /// The policy that Google answered to the last write, or the last read if nothing had to be written.
    pub(crate) policy: Option<Policy>,
    /// How many writes were sent.
    pub(crate) writes: u32,
    /// Limits that the policy comes near.
    pub(crate) warnings: Vec<daypass_core::plan::limits::Warning>,
}

/// One run over one resource.
pub(crate) struct Writer<'a> {
    engine: &'a Engine,
    /// IAM, as the one whose power writes.
    iam: Arc<dyn Iam>,
    resource: &'a ResourceName,
    canonical: &'a CanonicalResource,
    written: Written,
}

impl<'a> Writer<'a> {
    /// A writer with Daypass's own power.
    pub(crate) fn new(
        engine: &'a Engine,
        resource: &'a ResourceName,
        canonical: &'a CanonicalResource,
    ) -> Self {
        Self::with(engine, Arc::clone(&engine.0.ports.iam), resource, canonical)
    }

    /// A writer that reads and writes through this one.
    pub(crate) fn with(
        engine: &'a Engine,
        iam: Arc<dyn Iam>,
        resource: &'a ResourceName,
        canonical: &'a CanonicalResource,
    ) -> Self {
        Self {
            engine,
            iam,
            resource,
            canonical,
            written: Written::default(),
        }
    }

    /// Applies the units. An error means that nothing more can be done in this run; what was done before it stands,
    /// and the next run's read shows it.
    pub(crate) async fn apply(mut self, units: Vec<Unit>) -> Result<Written, Error> {
        self.batch(units).await?;
        Ok(self.written)
    }

    fn batch(&mut self, units: Vec<Unit>) -> BoxFuture<'_, Result<Option<String>, Error>> {
        Box::pin(async move {
            let Some(words) = self.write(&units).await? else {
                return Ok(None);
            };
            if let [unit] = &units[..] {
                self.refuse(unit.grant, &words);
                return Ok(Some(words));
            }
            if mutant::is(Mutant::BatchSharesFate) {
                for unit in &units {
                    self.refuse(unit.grant, &words);
                }
                return Ok(Some(words));
            }
            let (guilty, innocent): (Vec<Unit>, Vec<Unit>) =
                units.into_iter().partition(|unit| is_named(unit, &words));
            if !guilty.is_empty() && !innocent.is_empty() {
                for unit in &guilty {
                    self.refuse(unit.grant, &words);
                }
                return self.batch(innocent).await;
            }
            // Google's words name nobody in particular, or everybody: halve.
            let mut left = if guilty.is_empty() { innocent } else { guilty };
            let right = left.split_off(left.len() / 2);
            let first = self.batch(left).await?;
            if first.as_deref() == Some(&words) && right.len() > 1 {
                // The same words for a half that shares no edit with the other: most likely it is not about any of
                // them, but about something else in the policy (I11). One more try tells, with one edit.
                let mut rest = right;
                let probe = vec![rest.remove(0)];
                if self.batch(probe).await?.as_deref() == Some(&words) {
                    for unit in &rest {
                        self.refuse(unit.grant, &words);
                    }
                    return Ok(Some(words));
                }
                return self.batch(rest).await;
            }
            self.batch(right).await
        })
    }

    fn refuse(&mut self, grant: GrantId, words: &str) {
        self.written
            .refused
            .entry(grant)
            .or_insert_with(|| words.to_owned());
    }

    /// One read-modify-write. `None`: it stands. `Some`: Google's words of refusal.
    async fn write(&mut self, units: &[Unit]) -> Result<Option<String>, Error> {
        let mut attempt = 1;
        loop {
            let outcome = self.try_once(units).await;
            let failure = match outcome {
                Ok(outcome) => return Ok(outcome),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Again(failure)) => failure,
            };
            let random = self.engine.random_number();
            let delay = match &failure {
                IamError::Conflict => retry::after_conflict(attempt, random),
                IamError::Throttled { retry_after } | IamError::Unavailable { retry_after, .. } => {
                    retry::delay(attempt, random, *retry_after)
                }
                _ => retry::delay(attempt, random, None),
            };
            let Some(delay) = delay else {
                return Err(failure.into());
            };
            tokio::time::sleep(delay).await;
            attempt += 1;
        }
    }

    async fn try_once(&mut self, units: &[Unit]) -> Result<Option<String>, Failure> {
        let iam = Arc::clone(&self.iam);
        let read = iam
            .get_policy(self.resource)
            .await
            .map_err(Failure::of_read)?;
        let planned = self.plan(&read, units)?;
        self.written.warnings = planned.warnings;
        for (grant, exceeded) in planned.refused {
            self.refuse(grant, &exceeded.to_string());
        }
        if !planned.changes {
            self.written.policy = Some(read);
            return Ok(None);
        }
        if self.written.writes >= MAX_WRITES {
            return Err(Failure::Final(Error::Conflict(format!(
                "{MAX_WRITES} writes of one policy in one run are enough"
            ))));
        }
        self.written.writes += 1;
        let grants: Vec<GrantId> = units.iter().map(|unit| unit.grant).collect();
        let reason = RequestReason::of_batch(self.engine.new_id(), &grants);
        self.engine.0.state.note_sent(self.resource, &grants);
        crash::point("before-set");
        let answer = iam
            .set_policy(self.resource, &planned.policy, &reason)
            .await;
        crash::point("after-set");
        let answer = match answer {
            Err(IamError::Ambiguous { .. }) if mutant::is(Mutant::AmbiguousRepeated) => {
                iam.set_policy(self.resource, &planned.policy, &reason)
                    .await
            }
            answer => answer,
        };
        match answer {
            Ok(stored) => {
                self.written.policy = Some(stored);
                Ok(None)
            }
            Err(IamError::Refused { message }) => Ok(Some(message)),
            Err(IamError::Conflict) if mutant::is(Mutant::ConflictNotRetried) => {
                Ok(Some("conflict".into()))
            }
            // Conflict: somebody was faster. Ambiguous: it may have been done. Both: read again before anything else.
            Err(
                failure @ (IamError::Conflict
                | IamError::Ambiguous { .. }
                | IamError::Throttled { .. }
                | IamError::Unavailable { .. }),
            ) => Err(Failure::Again(failure)),
            Err(failure) => Err(Failure::Final(failure.into())),
        }
    }

    fn plan(&self, read: &Policy, units: &[Unit]) -> Result<Plan, Failure> {
        let (keyring, limits) = (&self.engine.0.keyring, &self.engine.0.settings.limits);
        plan(read, self.canonical, keyring, units, limits)
            .map_err(|failure| Failure::Final(Error::Conflict(failure.to_string())))
    }
}

enum Failure {
    /// Worth another try in this run.
    Again(IamError),
    /// Not in this run.
    Final(Error),
}

impl Failure {
    fn of_read(failure: IamError) -> Self {
        match failure {
            IamError::Throttled { .. }
            | IamError::Unavailable { .. }
            | IamError::Ambiguous { .. } => Self::Again(failure),
            failure => Self::Final(failure.into()),
        }
    }
}

/// Whether Google's words name a member or a role that this unit adds.
fn is_named(unit: &Unit, words: &str) -> bool {
    let words = words.to_lowercase();
    unit.edits.iter().any(|edit| match edit {
        Edit::Add(wanted) => {
            let member = wanted.member.to_string().to_lowercase();
            let name = wanted
                .member
                .email()
                .map_or(member.as_str(), daypass_core::email::Email::as_str);
            names(&words, name) || names(&words, &wanted.role.as_str().to_lowercase())
        }
        Edit::Remove(_) | Edit::RemoveFound(_) => false,
    })
}

/// Whether the text contains the name as a whole: `ann@x.org` is not named by `joann@x.org`.
fn names(words: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '@' | '-' | '_' | '+');
    words.match_indices(name).any(|(at, _)| {
        let (before, after) = (&words[..at], &words[at + name.len()..]);
        let follows = after
            .strip_prefix('.')
            .is_some_and(|rest| rest.starts_with(is_part))
            || after.starts_with(is_part);
        !before.ends_with(|c| is_part(c) || c == '.') && !follows
    })
}
