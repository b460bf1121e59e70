//! How far a grant reaches, for whoever must answer for it: read from Google within bounds, and only to be shown.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use daypass_core::blast_radius::{
    BlastRadius, Holder, Knowledge, Lineage, Question, Unknown, blast_radius,
};
use daypass_core::email::Email;
use daypass_core::grant::{Grant, Terms};
use daypass_core::principal::Principal;
use daypass_core::state::State;
use futures::future::join_all;
use tokio::time::{Instant, timeout_at};

use crate::Engine;
use crate::error::chain;
use crate::ports::{Freshness, GrantFilter};

/// How many answers are waited for at a time.
const AT_A_TIME: usize = 8;

/// Most live grants of one beneficiary that are taken into account.
const MOST_OTHERS: usize = 100;

impl Engine {
    /// What the beneficiary could do by these terms and cannot do anyway. It never fails: what could not be read in
    /// time is part of the answer. It tells what somebody may do, so the caller asks only for who may see the request.
    pub async fn blast_radius(&self, terms: &Terms) -> BlastRadius {
        let patience = self.0.settings.blast_radius_within;
        let mut reading = Reading {
            engine: self,
            patience,
            deadline: Instant::now() + patience,
            knowledge: Knowledge::default(),
        };
        let accounts: Vec<Principal> = terms
            .impersonations
            .iter()
            .map(|one| Principal::ServiceAccount(one.service_account.clone()))
            .collect();
        let mut groups = BTreeMap::new();
        for principal in accounts.iter().chain([&terms.beneficiary]) {
            groups.insert(principal.clone(), reading.groups(principal).await);
        }
        let none = BTreeSet::new();
        let holder = |principal| Holder {
            principal,
            groups: groups.get(principal).unwrap_or(&none),
        };
        let others = reading.others(&terms.beneficiary).await;
        let holders: Vec<_> = accounts.iter().map(holder).collect();
        let question = Question {
            beneficiary: holder(&terms.beneficiary),
            privileges: &terms.privileges,
            accounts: &holders,
            others: &others,
            now: self.now(),
        };
        reading.policies(&question).await;
        reading.roles(&question).await;
        blast_radius(&question, &reading.knowledge)
    }
}

/// What has been read so far.
struct Reading<'a> {
    engine: &'a Engine,
    patience: Duration,
    deadline: Instant,
    knowledge: Knowledge,
}

impl Reading<'_> {
    /// The answer, or why there is none.
    async fn in_time<T, E: std::error::Error + 'static>(
        &self,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, String> {
        match timeout_at(self.deadline, answer).await {
            Ok(answer) => answer.map_err(|error| chain(&error)),
            Err(_) => Err(self.too_late()),
        }
    }

    fn too_late(&self) -> String {
        format!("no answer within {:?}", self.patience)
    }

    async fn groups(&mut self, principal: &Principal) -> BTreeSet<Email> {
        let Some(email) = principal.email() else {
            return BTreeSet::new();
        };
        let directory = &self.engine.0.ports.directory;
        let groups = directory.groups_of(email, Freshness::Cached);
        let groups = self.in_time(groups).await;
        self.or_unknown(groups, || format!("the groups of {email}"))
    }

    async fn others(&mut self, beneficiary: &Principal) -> Vec<Grant> {
        let filter = GrantFilter {
            beneficiary: Some(beneficiary.clone()),
            states: vec![State::Active],
            limit: MOST_OTHERS,
            ..GrantFilter::default()
        };
        let page = self.in_time(self.engine.store().grants(&filter)).await;
        let grants = page.map(|page| page.grants);
        self.or_unknown(grants, || format!("the other grants of {beneficiary}"))
    }

    fn or_unknown<T: Default>(
        &mut self,
        answer: Result<T, String>,
        about: impl FnOnce() -> String,
    ) -> T {
        answer.unwrap_or_else(|why| {
            let about = about();
            self.knowledge.unread.insert(Unknown { about, why });
            T::default()
        })
    }

    /// Every policy that is in force where something would be given.
    async fn policies(&mut self, question: &Question<'_>) {
        let permissions = &self.engine.0.ports.permissions;
        let resources: Vec<_> = question.resources().into_iter().collect();
        let mut names = BTreeSet::new();
        for some in resources.chunks(AT_A_TIME) {
            let reads = some.iter().map(|resource| async {
                let lineage = timeout_at(self.deadline, permissions.lineage(resource)).await;
                let alone = || Lineage {
                    names: vec![resource.clone()],
                    cut_off: Some(self.too_late()),
                };
                (resource.clone(), lineage.unwrap_or_else(|_| alone()))
            });
            for (resource, lineage) in join_all(reads).await {
                names.extend(lineage.names.iter().cloned());
                self.knowledge.lineages.insert(resource, lineage);
            }
        }
        let names: Vec<_> = names.into_iter().collect();
        for some in names.chunks(AT_A_TIME) {
            let reads = some.iter().map(|name| async {
                let policy = self.in_time(permissions.policy(name)).await;
                (name.clone(), policy)
            });
            let read = join_all(reads).await;
            self.knowledge.policies.extend(read);
        }
    }

    /// Every role that is asked for or held there.
    async fn roles(&mut self, question: &Question<'_>) {
        let permissions = &self.engine.0.ports.permissions;
        let roles: Vec<_> = question.roles(&self.knowledge).into_iter().collect();
        for some in roles.chunks(AT_A_TIME) {
            let reads = some.iter().map(|role| async {
                let included = self.in_time(permissions.of_role(role)).await;
                (role.clone(), included)
            });
            let read = join_all(reads).await;
            self.knowledge.roles.extend(read);
        }
    }
}
