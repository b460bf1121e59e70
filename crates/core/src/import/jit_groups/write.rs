//! Entitlements of a policy document.

use super::constraint::{Constraints, Rule};
use super::document::{Environment, Group};
use super::people::People;
use super::rules::{Inputs, constraints};
use crate::import::draft::{
    Draft, DraftApproval, DraftDuration, DraftPrivilege, DraftStep, DraftSteps,
};
use crate::import::privileges::Bindings;
use crate::import::report::Gathering;
use crate::import::settings::Settings;

/// Writes the groups of an environment.
pub(super) fn environment(
    environment: &Environment,
    settings: &Settings,
    gathering: &mut Gathering,
) {
    let level = &environment.level;
    if environment
        .systems
        .iter()
        .all(|system| system.groups.is_empty())
    {
        gathering.left(
            &level.place,
            format!("the environment '{}' has no groups", level.name),
        );
        return;
    }
    let name = &level.name;
    gathering.changed(
        &level.place,
        format!(
            "the roles are given to the person for the time, not to a group jit.{name}.SYSTEM.GROUP@; who is in those groups now leaves when the membership ends"
        ),
    );
    if settings.justification().is_none() {
        let message = "requesters are asked for a reason, as everywhere in Daypass";
        let hint = "to ask for none, write justification: {required: false}";
        gathering.changed(&level.place, message).hint = Some(hint.into());
    }
    for system in &environment.systems {
        let above = level.constraints.inherited_by(&system.level.constraints);
        for group in &system.groups {
            let constraints = above.inherited_by(&group.level.constraints);
            let lists = [&level.access, &system.level.access, &group.level.access];
            let entries: Vec<_> = lists.into_iter().flatten().flatten().collect();
            let names = [name.as_str(), &system.level.name, &group.level.name];
            let what = names.join(".");
            let place = &group.level.place;
            let people = People::of(
                &entries,
                settings.domain.as_deref(),
                (&what, place),
                gathering,
            );
            if let Some(people) = people {
                let one = Writing {
                    names,
                    what,
                    group,
                    people,
                    constraints,
                    settings,
                };
                one.write(gathering);
            }
        }
    }
}

/// One group, with what holds for it.
struct Writing<'a> {
    names: [&'a str; 3],
    what: String,
    group: &'a Group,
    people: People,
    constraints: Constraints,
    settings: &'a Settings,
}

impl Writing<'_> {
    fn write(&self, gathering: &mut Gathering) {
        let place = &self.group.level.place;
        let what = &self.what;
        if self.group.is_for_gke {
            let message = format!("{what}: gkeEnabled, since no group is made");
            let hint = "bind the people's groups in the cluster, or give roles/container.* here";
            gathering.left(place, message).hint = Some(hint.into());
        }
        let privileges = self.privileges(gathering);
        let People {
            alone,
            asking,
            approvers,
            ..
        } = &self.people;
        let Some(expiry) = &self.constraints.expiry else {
            gathering.left(
                place,
                format!("{what}: it has no expiry, so nobody can join it"),
            );
            return;
        };
        if privileges.is_empty() {
            gathering.left(place, format!("{what}: it gives no role on a resource"));
            return;
        }
        if alone.is_empty() && asking.is_empty() {
            gathering.left(place, format!("{what}: nobody is left who may join"));
            return;
        }
        if !asking.is_empty() && approvers.is_empty() {
            let message = format!(
                "{what}: {} may join when somebody agrees, and nobody is left who may",
                asking.join(", ")
            );
            gathering.left(place, message);
        }
        let draft = Draft {
            id: String::new(),
            title: what.clone(),
            description: self.group.level.description.clone(),
            requesters: Vec::new(),
            privileges,
            duration: DraftDuration {
                min: Some(expiry.min.to_string()),
                max: expiry.max.to_string(),
                ..DraftDuration::default()
            },
            justification: self.settings.justification(),
            inputs: Vec::new(),
            constraints: Vec::new(),
            approval: DraftApproval::NONE,
            notify: Vec::new(),
        };
        let asks = !asking.is_empty() && !approvers.is_empty();
        for (is_part, suffix, build) in [
            (!alone.is_empty(), "alone", Self::alone as Build<'_>),
            (asks, "", Self::with_approval),
        ] {
            if !is_part {
                continue;
            }
            match build(self, draft.clone()) {
                Ok(mut draft) => {
                    let mut words = self.names.to_vec();
                    // Where there is but one entitlement, it has the group's own name.
                    if asks && !suffix.is_empty() {
                        words.push(suffix);
                    }
                    draft.id = gathering.ids.take(&words);
                    gathering.entitlement(std::slice::from_ref(place), draft, what);
                }
                Err(why) => {
                    let message =
                        format!("{what}: {why}; without that it would give more than before");
                    gathering.left(place, message);
                }
            }
        }
    }

    /// For those who approve for themselves: the rules for joining and for approving, all on the one who asks.
    fn alone(&self, draft: Draft) -> Result<Draft, String> {
        let Constraints { join, approve, .. } = &self.constraints;
        let inputs = Inputs::of(join.iter().chain(approve))?;
        let mut all: Vec<_> = self.people.denials("requester").collect();
        all.extend(self.translated(join, "", "requester", &inputs)?);
        all.extend(self.translated(approve, "approve-", "requester", &inputs)?);
        all.extend(inputs.bounds);
        Ok(Draft {
            requesters: self.people.alone.clone(),
            inputs: inputs.fields,
            constraints: all,
            ..draft
        })
    }

    fn with_approval(&self, draft: Draft) -> Result<Draft, String> {
        let Constraints { join, approve, .. } = &self.constraints;
        if let Some(rule) = approve.iter().find(|rule| !rule.variables.is_empty()) {
            return Err(format!(
                "the approver fills in variables for the constraint '{}', and here only requesters do",
                rule.name
            ));
        }
        let inputs = Inputs::of(join.iter())?;
        let mut on_requester: Vec<_> = self.people.denials("requester").collect();
        on_requester.extend(self.translated(join, "", "requester", &inputs)?);
        let mut on_approver: Vec<_> = self.people.denials("approver").collect();
        on_approver.extend(self.translated(approve, "", "approver", &Inputs::default())?);
        on_requester.extend(inputs.bounds);
        Ok(Draft {
            requesters: self.people.asking.clone(),
            inputs: inputs.fields,
            constraints: on_requester,
            approval: DraftApproval::Steps(DraftSteps {
                constraints: on_approver,
                expires: Some(self.settings.unanswered.to_string()),
                steps: vec![DraftStep {
                    approvers: self.people.approvers.clone(),
                    needed: 1,
                }],
                ..DraftSteps::default()
            }),
            ..draft
        })
    }

    fn translated(
        &self,
        rules: &[Rule],
        prefix: &str,
        person: &'static str,
        inputs: &Inputs,
    ) -> Result<Vec<crate::import::DraftConstraint>, String> {
        constraints(rules, prefix, person, self.names, inputs)
    }

    fn privileges(&self, gathering: &mut Gathering) -> Vec<DraftPrivilege> {
        let mut bindings = Bindings::default();
        for one in &self.group.privileges {
            if let Some(description) = &one.description {
                let message = format!(
                    "the description of {} on {}: '{description}'",
                    one.role, one.resource
                );
                gathering.left(&one.place, message);
            }
            bindings.add(&one.resource, &one.role, one.condition.clone(), &one.place);
        }
        bindings.privileges(gathering)
    }
}

/// Fills a draft in.
type Build<'a> = fn(&Writing<'a>, Draft) -> Result<Draft, String>;
