//! Whether anything is lost, doubled or unrecorded: the record against the sandbox's own history.

mod history;
mod trail;

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use daypass_core::Timestamp;
use daypass_core::grant::{Grant, GrantBinding};
use daypass_core::state::State;
use jiff::SignedDuration;

use super::policies::{Ours, standing};
use super::{AGREE_WITHIN, Ledger, Record, Site};
use history::History;
use trail::Trail;

/// How long after its end a binding may still stand, by the sandbox's clock: the server's own grace, and the time
/// until it looks.
const GRACE: SignedDuration = SignedDuration::from_secs(60 + 10);

/// The oracle. It remembers what it saw: nothing that was recorded may go again.
#[derive(Debug, Default)]
pub struct Oracle {
    trail: Trail,
    history: History,
}

impl Oracle {
    /// While the server is dead: the trail is whole, and nothing stands in a policy that it does not say.
    pub async fn check_dead(&mut self, site: &Site, ledger: &Ledger) -> Result<(), String> {
        let record = Record::read(site, self.trail.last()).await?;
        self.trail.take(&record.entries)?;
        for ours in standing(&site.cloud()) {
            self.trail.intended(&ours)?;
        }
        acknowledged(&record.grants, ledger)
    }

    /// While the server runs and nobody asks for anything: within five seconds the record and the policies agree.
    pub async fn check_agreed(&mut self, site: &Site, ledger: &Ledger) -> Result<(), String> {
        let began = Instant::now();
        loop {
            let outcome = self.agreed(site, ledger).await;
            if outcome.is_ok() || began.elapsed() > AGREE_WITHIN {
                outcome?;
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        self.history.check(&site.cloud(), &self.trail)
    }

    async fn agreed(&mut self, site: &Site, ledger: &Ledger) -> Result<(), String> {
        let record = Record::read(site, self.trail.last()).await?;
        self.trail.take(&record.entries)?;
        acknowledged(&record.grants, ledger)?;
        let cloud = site.cloud();
        settled(&record.grants, cloud.now())?;
        let mut surplus: HashMap<Ours, u32> = HashMap::new();
        for ours in standing(&cloud) {
            self.trail.intended(&ours)?;
            *surplus.entry(ours).or_default() += 1;
        }
        let now = cloud.now();
        for grant in &record.grants {
            for binding in &grant.bindings {
                let wanted = wanted(binding);
                let found = surplus.remove(&wanted).unwrap_or_default();
                if found > 1 {
                    return Err(format!("{wanted:?} stands {found} times"));
                }
                if grant.state == State::Active && found == 0 {
                    return Err(format!("{} is ACTIVE without {wanted:?}", grant.id));
                }
                if found == 1 && !may_stand(grant, now) {
                    return Err(format!("{} is {} with {wanted:?}", grant.id, grant.state));
                }
            }
        }
        match surplus.into_keys().next() {
            Some(unknown) => Err(format!("no grant wants {unknown:?}")),
            None => Ok(()),
        }
    }

    /// Whether each of these writes of others, known by their etags, is in the history of a policy.
    pub fn has_all(&mut self, site: &Site, etags: &BTreeSet<String>) -> Result<(), String> {
        self.history.check(&site.cloud(), &self.trail)?;
        self.history.has_all(etags)
    }
}

/// What was acknowledged is there.
fn acknowledged(grants: &[Grant], ledger: &Ledger) -> Result<(), String> {
    let known: HashMap<String, State> = grants
        .iter()
        .map(|grant| (grant.id.to_string(), grant.state))
        .collect();
    for (id, deed) in ledger.deeds() {
        match known.get(id) {
            None => return Err(format!("{id} was acknowledged ({deed:?}) and is lost")),
            Some(state) if !deed.allows(*state) => {
                return Err(format!("{id} was acknowledged ({deed:?}) and is {state}"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Nothing is on its way, and nothing is due.
fn settled(grants: &[Grant], now: Timestamp) -> Result<(), String> {
    for grant in grants {
        let moves = matches!(grant.state, State::Activating | State::Revoking);
        let is_due = grant.due_at().is_some_and(|due| due <= now);
        let is_open = grant.open_bindings().next().is_some() && !may_stand(grant, now);
        if moves || is_due || is_open {
            return Err(format!(
                "{} is still {} ({})",
                grant.id,
                grant.state,
                grant.failure.as_deref().unwrap_or("no failure")
            ));
        }
    }
    Ok(())
}

/// Whether bindings of the grant may be in a policy.
fn may_stand(grant: &Grant, now: Timestamp) -> bool {
    match grant.state {
        State::Active => true,
        State::Ended if grant.superseded_by.is_none() => grant
            .window
            .is_some_and(|window| now.duration_since(window.end) < GRACE),
        _ => false,
    }
}

fn wanted(binding: &GrantBinding) -> Ours {
    Ours {
        resource: binding.resource.to_string(),
        grant: binding.own.grant.to_string(),
        role: binding.own.role.to_string(),
        member: binding.own.member.to_string(),
        expression: binding.own.window.expression(binding.own.extra.as_ref()),
    }
}
