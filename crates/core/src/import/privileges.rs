//! The roles of one entitlement, gathered from bindings that a source lists one by one.
//!
//! An entitlement gives a role on a resource once, on at most one condition. A source that lists it several times gives
//! what any of them gives, to the same people: the conditions are joined by `||`, and one without a condition leaves
//! none.

use super::draft::DraftPrivilege;
use super::report::{Gathering, Place};
use crate::condition::ExtraCondition;
use crate::resource::ResourceName;
use crate::role::Role;

/// The bindings of one entitlement, all of which are for the same people.
#[derive(Debug, Default)]
pub(super) struct Bindings(Vec<Binding>);

/// One role on one resource.
#[derive(Debug)]
struct Binding {
    resource: String,
    role: String,
    /// Each condition on which it is given, none for no condition; at least one.
    conditions: Vec<Option<String>>,
    /// Where it was last read.
    place: Place,
}

impl Bindings {
    pub(super) fn add(
        &mut self,
        resource: &ResourceName,
        role: &Role,
        condition: Option<String>,
        place: &Place,
    ) {
        let (resource, role) = (resource.to_string(), role.to_string());
        let condition = condition.map(|text| text.trim().to_owned());
        let same = self
            .0
            .iter_mut()
            .find(|other| other.resource == resource && other.role == role);
        match same {
            Some(binding) if binding.conditions.contains(&condition) => {}
            Some(binding) => {
                binding.conditions.push(condition);
                binding.place = place.clone();
            }
            None => self.0.push(Binding {
                resource,
                role,
                conditions: vec![condition],
                place: place.clone(),
            }),
        }
    }

    /// The privileges: roles of the same resource and condition in one.
    pub(super) fn privileges(self, gathering: &mut Gathering) -> Vec<DraftPrivilege> {
        let mut privileges: Vec<DraftPrivilege> = Vec::new();
        for binding in self.0 {
            for condition in binding.joined(gathering) {
                let same = privileges.iter_mut().find(|other| {
                    other.resource == binding.resource && other.condition == condition
                });
                match same {
                    Some(privilege) => privilege.roles.push(binding.role.clone()),
                    None => privileges.push(DraftPrivilege {
                        resource: binding.resource.clone(),
                        roles: vec![binding.role.clone()],
                        condition,
                    }),
                }
            }
        }
        privileges
    }
}

impl Binding {
    /// The one condition. Where one of several cannot be carried over, they stay apart: our reader refuses them, and
    /// joining could only hide what is wrong.
    fn joined(&self, gathering: &mut Gathering) -> Vec<Option<String>> {
        let texts: Vec<&str> = self
            .conditions
            .iter()
            .flatten()
            .map(String::as_str)
            .collect();
        if self.conditions.len() == 1
            || texts
                .iter()
                .any(|text| ExtraCondition::parse(text).is_err())
        {
            return self.conditions.clone();
        }
        let what = format!("{} on {}", self.role, self.resource);
        if texts.len() < self.conditions.len() {
            let message =
                format!("{what} is given without a condition, too, so the condition has no effect");
            gathering.changed(&self.place, message);
            return vec![None];
        }
        let message = format!(
            "{what} is given on {} conditions: they are joined by ||",
            texts.len()
        );
        gathering.changed(&self.place, message);
        let joined: Vec<String> = texts.iter().map(|text| format!("({text})")).collect();
        vec![Some(joined.join(" || "))]
    }
}
