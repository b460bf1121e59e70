//! Comparing policies with the record: what somebody else removed, what should be gone, what nobody knows.

use std::collections::{BTreeMap, BTreeSet};

use daypass_core::audit::{Action, Actor, Entry};
use daypass_core::binding::{CanonicalResource, Found};
use daypass_core::entitlement::Privilege;
use daypass_core::grant::Origin;
use daypass_core::ids::GrantId;
use daypass_core::plan::expired::{Survey, is_expired, survey};
use daypass_core::plan::{Edit, Unit};
use daypass_core::resource::ResourceName;
use daypass_core::state::State;
use futures::StreamExt;

use super::{apply, locked, own_power};
use crate::ports::IamError;
use crate::writer::Writer;
use crate::{Engine, Error};

/// Policies that are read at a time.
const AT_A_TIME: usize = 8;

/// Looks at every resource that an ACTIVE grant or an entitlement names. One that cannot be read does not hold up the
/// others.
pub(super) async fn run(engine: &Engine) -> Result<(), Error> {
    let mut resources: BTreeSet<ResourceName> = engine
        .store()
        .active_resources()
        .await?
        .into_iter()
        .collect();
    let catalogue = engine.catalogue();
    resources.extend(catalogue.iter().flat_map(|one| {
        one.privileges
            .iter()
            .filter_map(Privilege::on_resource)
            .map(|privilege| privilege.target.clone())
    }));
    let outcomes: Vec<Result<(), Error>> = futures::stream::iter(resources)
        .map(|resource| async move { look(engine, &resource).await })
        .buffer_unordered(AT_A_TIME)
        .collect()
        .await;
    outcomes.into_iter().find(Result::is_err).unwrap_or(Ok(()))
}

/// Looks at one resource. Where only approvers write, Daypass may lack the permission to look: told once.
async fn look(engine: &Engine, resource: &ResourceName) -> Result<(), Error> {
    match compare(engine, resource).await {
        Err(Error::Iam(failure @ IamError::Forbidden { .. }))
            if own_power::is_of_approvers_only(engine, resource).await? =>
        {
            if locked(&engine.0.state.out_of_reach).insert(resource.clone()) {
                tracing::info!(%resource, error = %failure, "only approvers write this policy, and Daypass may not look after it");
            }
            Ok(())
        }
        outcome => outcome,
    }
}

async fn compare(engine: &Engine, resource: &ResourceName) -> Result<(), Error> {
    let canonical = engine.0.ports.iam.canonical(resource).await?;
    let policy = engine.0.ports.iam.get_policy(resource).await?;
    let survey = survey(&policy, &canonical, &engine.0.keyring);
    missing(engine, resource, &survey).await?;
    altered(engine, resource, &survey).await?;
    surplus(engine, resource, &canonical, &survey).await
}

/// ACTIVE grants whose binding is not there. Once may be a stale read; twice in a row is somebody's decision.
async fn missing(engine: &Engine, resource: &ResourceName, survey: &Survey) -> Result<(), Error> {
    let being_extended: BTreeSet<GrantId> = engine
        .store()
        .in_state(State::Activating, usize::MAX)
        .await?
        .iter()
        .filter_map(|child| match child.terms.origin {
            Origin::Extension { parent, .. } => Some(parent),
            _ => None,
        })
        .collect();
    for grant in engine.store().active_on(resource).await? {
        let here = || {
            grant
                .bindings
                .iter()
                .filter(|binding| binding.resource == *resource)
        };
        let stands = here().all(|binding| survey.own.iter().any(|found| found.is(&binding.own)));
        let key = (resource.clone(), grant.id);
        if stands || being_extended.contains(&grant.id) {
            locked(&engine.0.state.missed).remove(&key);
        } else if !locked(&engine.0.state.missed).insert(key) {
            let now = engine.now();
            tracing::warn!(grant = %grant.id, %resource, "somebody else removed a binding of an active grant");
            match engine
                .change(grant.id, |grant| grant.removed_by_others(resource, now))
                .await
            {
                Ok(_) | Err(Error::State(_)) => engine.wake(),
                Err(failure) => return Err(failure),
            }
        }
    }
    Ok(())
}

/// Bindings that bear our title but not our proof: reported once, never touched.
async fn altered(engine: &Engine, resource: &ResourceName, survey: &Survey) -> Result<(), Error> {
    for grant in &survey.altered {
        report(engine, resource, *grant, Action::AlteredFound).await?;
    }
    Ok(())
}

/// Bindings of ours that should not be there: those of grants that are over, and those of grants that the record does
/// not know (I17). A grant that is over lost its right to them; an unknown one keeps them until their end.
async fn surplus(
    engine: &Engine,
    resource: &ResourceName,
    canonical: &CanonicalResource,
    survey: &Survey,
) -> Result<(), Error> {
    let now = engine.now();
    let mut gone: BTreeMap<GrantId, Vec<Found>> = BTreeMap::new();
    let mut of_approvers: BTreeSet<GrantId> = BTreeSet::new();
    for found in &survey.own {
        let expired = is_expired(found, now);
        let removable = match engine.store().grant(found.grant).await? {
            // Open bindings are the writers' work; what is settled as absent and stands again is ours to clear.
            Some(grant) => {
                if own_power::is_written_by_approver(&grant) {
                    of_approvers.insert(grant.id);
                }
                let settled = grant.open_bindings().next().is_none();
                settled
                    && grant.state.is_terminal()
                    && (expired || grant.state != State::Ended || grant.superseded_by.is_some())
            }
            None => {
                report(engine, resource, found.grant, Action::OrphanFound).await?;
                expired
            }
        };
        if removable && !own_power::rests(engine, found.grant, resource) {
            gone.entry(found.grant).or_default().push(found.clone());
        }
    }
    if gone.is_empty() {
        return Ok(());
    }
    let entries = gone.iter().map(|(grant, found)| {
        let entry = Entry::new(now, Actor::system(), Action::SweepIntended)
            .of_grant(*grant)
            .with("resource", resource);
        entry.with(
            "roles",
            &found
                .iter()
                .map(|found| found.role.clone())
                .collect::<Vec<_>>(),
        )
    });
    apply::record(engine, entries.collect()).await?;
    let unit = |(grant, found): (GrantId, Vec<Found>)| Unit {
        grant,
        edits: found.into_iter().map(Edit::RemoveFound).collect(),
    };
    of_approvers.retain(|grant| gone.contains_key(grant));
    let all_of_approvers = of_approvers.len() == gone.len();
    let outcome = Writer::new(engine, resource, canonical)
        .apply(gone.into_iter().map(unit).collect())
        .await;
    if let Err(Error::Iam(failure @ IamError::Forbidden { .. })) = &outcome {
        own_power::rest_from_sweep(engine, resource, &of_approvers);
        if all_of_approvers {
            tracing::info!(%resource, error = %failure, "expired bindings that approvers' own power wrote stay until somebody who may removes them; they have no effect");
            return Ok(());
        }
    }
    outcome.map(|_| ())
}

/// Puts a finding into the trail, once in the life of the process.
async fn report(
    engine: &Engine,
    resource: &ResourceName,
    grant: GrantId,
    action: Action,
) -> Result<(), Error> {
    if !locked(&engine.0.state.reported).insert((resource.clone(), grant)) {
        return Ok(());
    }
    tracing::warn!(%grant, %resource, finding = action.as_str(), "a binding with our title is not as the record says");
    let entry = Entry::new(engine.now(), Actor::system(), action)
        .of_grant(grant)
        .with("resource", resource);
    Ok(apply::record(engine, vec![entry]).await?)
}
