use std::collections::BTreeSet;
use std::time::Duration;

use daypass_core::plan::limits::Limits;
use daypass_core::principal::Principal;

/// How the engine behaves where an entitlement does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Most requests of one person that wait for a decision at a time.
    pub max_open_requests: usize,
    /// Most requests of one person in an hour.
    pub requests_an_hour: usize,
    /// How often the reconcilers look for work without being told.
    pub reconcile_every: Duration,
    /// How long they wait after a wake, so that what is decided together is written together.
    pub gather: Duration,
    /// How often policies are compared with the record.
    pub verify_every: Duration,
    /// How long a read-back is polled for within one run.
    pub read_back_for: Duration,
    /// Most grants in one write of a policy.
    pub batch: usize,
    /// Most resources that are worked on at a time.
    pub concurrent_resources: usize,
    /// How long the reading for a blast radius may take together: somebody waits for the page. What did not come by
    /// then is told.
    pub blast_radius_within: Duration,
    /// The limits of a policy.
    pub limits: Limits,
    /// The ids of the projects in which Daypass itself runs: nothing is given there.
    pub own_projects: BTreeSet<String>,
    /// Who may read the whole audit trail.
    pub auditors: Vec<Principal>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_open_requests: 5,
            requests_an_hour: 20,
            reconcile_every: Duration::from_secs(1),
            gather: Duration::from_millis(10),
            verify_every: Duration::from_mins(5),
            read_back_for: Duration::from_secs(10),
            batch: 500,
            concurrent_resources: 16,
            blast_radius_within: Duration::from_secs(2),
            limits: Limits::default(),
            own_projects: BTreeSet::new(),
            auditors: Vec::new(),
        }
    }
}
