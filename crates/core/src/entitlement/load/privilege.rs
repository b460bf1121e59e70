//! What it gives: roles on a resource, roles on the projects of a folder, or acting as a service account.

use serde_saphyr::Spanned;

use super::reader::Reader;
use crate::condition::ExtraCondition;
use crate::duration::Duration;
use crate::email::Email;
use crate::entitlement::raw::{RawPlace, RawPrivilege, RawSelector};
use crate::entitlement::{
    Impersonation, LONGEST_TOKEN, MOST_ROLES, Privilege, ProjectsPrivilege, ResourcePrivilege,
    Selector, USUAL_TOKEN, Via, target,
};
use crate::iam_condition;
use crate::justification::printable;
use crate::resource::ResourceName;
use crate::role::Role;
use crate::service_account::user_managed_project;

impl Reader<'_> {
    pub(super) fn privilege(&mut self, index: usize, raw: &RawPrivilege) -> Option<Privilege> {
        match (&raw.resource, &raw.impersonate) {
            (Some(at), None) => self.roles_on(index, raw, at),
            (None, Some(account)) => self.impersonation(index, raw, account),
            (Some(at), Some(_)) => {
                self.note(
                    at,
                    "a privilege is either roles on a resource or an impersonation",
                    "write two privileges",
                );
                None
            }
            (None, None) => {
                // Without either there is no place of its own to point at but that of the roles.
                match raw
                    .roles
                    .first()
                    .or(raw.condition.as_ref())
                    .or(raw.via.as_ref())
                {
                    Some(at) => self.note(
                        at,
                        "the privilege does not say on what",
                        "add resource: projects/ID, or impersonate: ACCOUNT",
                    ),
                    None => self.findings.push(crate::diagnostic::Diagnostic {
                        hint: Some("add resource: and roles:, or impersonate:".into()),
                        ..crate::diagnostic::Diagnostic::error(
                            &self.source.name,
                            "a privilege is empty",
                        )
                    }),
                }
                None
            }
        }
    }

    fn roles_on(
        &mut self,
        index: usize,
        raw: &RawPrivilege,
        at: &Spanned<RawPlace>,
    ) -> Option<Privilege> {
        self.place(format!("privileges[{index}]"), at);
        if let Some(beyond) = raw.roles.get(MOST_ROLES) {
            self.note(
                beyond,
                format!("there are more than {MOST_ROLES} roles"),
                "name those that are needed, or make a custom role that holds their permissions",
            );
            return None;
        }
        for (position, role) in raw.roles.iter().enumerate() {
            self.place(format!("privileges[{index}].roles[{position}]"), role);
        }
        let roles = self.read_all(&raw.roles, str::parse::<Role>);
        if let Some(stray) = raw
            .via
            .as_ref()
            .or(raw.token.as_ref().map(|token| &token.max))
        {
            self.note(
                stray,
                "'via' and 'token' belong to an impersonation",
                "remove it, or write impersonate: ACCOUNT",
            );
            return None;
        }
        if raw.roles.is_empty() {
            self.note(at, "no role on this resource", "list at least one role");
            return None;
        }
        if let Some(at) = &raw.condition {
            self.place(format!("privileges[{index}].condition"), at);
        }
        let condition = match &raw.condition {
            None => Some(None),
            Some(condition) => self.condition(condition).map(Some),
        };
        match &at.value {
            RawPlace::Named(name) => {
                let named = Spanned {
                    value: name.clone(),
                    referenced: at.referenced,
                    defined: at.defined,
                };
                let resource = self.read(&named, str::parse);
                self.on_resource(&named, raw, resource?, roles?, condition?)
            }
            RawPlace::Projects(selector) => {
                if let Some(stray) = &raw.at {
                    self.note(
                        stray,
                        "'at' belongs to a resource that is named",
                        "leave it out: the roles are given on each project",
                    );
                    return None;
                }
                let selector = self.selector(selector);
                Some(Privilege::Projects(ProjectsPrivilege {
                    selector: selector?,
                    roles: roles?,
                    condition: condition?,
                }))
            }
        }
    }

    /// A condition that fits into ours, and in which nothing is plainly wrong.
    fn condition(&mut self, at: &Spanned<String>) -> Option<ExtraCondition> {
        let mistakes = iam_condition::mistakes(&at.value);
        if mistakes.is_empty() || at.value.trim().is_empty() {
            return self.read(at, ExtraCondition::parse);
        }
        for mistake in mistakes {
            self.note_within(at, mistake.place, &mistake.message, &mistake.hint);
        }
        None
    }

    fn on_resource(
        &mut self,
        named: &Spanned<String>,
        raw: &RawPrivilege,
        resource: ResourceName,
        roles: Vec<Role>,
        own: Option<ExtraCondition>,
    ) -> Option<Privilege> {
        let at = raw.at.as_ref().map(|at| at.value.as_str());
        match target::resolve(&resource, at, own) {
            Ok((target, condition)) => Some(Privilege::Resource(ResourcePrivilege {
                resource,
                target,
                roles,
                condition,
            })),
            Err(wrong) => {
                let place = raw.at.as_ref().filter(|_| wrong.is_about_at);
                self.note(place.unwrap_or(named), wrong.message, &wrong.hint);
                None
            }
        }
    }

    fn selector(&mut self, raw: &RawSelector) -> Option<Selector> {
        let folder = self.read(&raw.folder, str::parse::<ResourceName>)?;
        if folder.kind().name != "folder" {
            self.note(
                &raw.folder,
                format!("'{folder}' is not a folder"),
                "write folder: folders/NUMBER",
            );
            return None;
        }
        if raw.labels.is_empty() {
            self.note(
                &raw.folder,
                "a selector without labels would be the whole folder",
                "add labels: {env: prod}, or write resource: folders/NUMBER",
            );
            return None;
        }
        for (name, value) in &raw.labels {
            // What Google's labels are made of; anything else could change the meaning of the search
            // (<https://cloud.google.com/resource-manager/docs/labels-overview>).
            let fits = |text: &str| {
                text.len() <= 63
                    && text.chars().all(|c| {
                        c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
                    })
            };
            if name.is_empty() || !fits(name) || value.value.is_empty() || !fits(&value.value) {
                self.note(
                    value,
                    format!("'{}' is not a label of a project", printable(name, 70)),
                    "at most 63 of a-z, 0-9, - and _",
                );
                return None;
            }
        }
        Some(Selector {
            folder,
            labels: raw
                .labels
                .iter()
                .map(|(name, value)| (name.clone(), value.value.clone()))
                .collect(),
        })
    }

    fn impersonation(
        &mut self,
        index: usize,
        raw: &RawPrivilege,
        account: &Spanned<String>,
    ) -> Option<Privilege> {
        self.place(format!("privileges[{index}]"), account);
        if let Some(stray) = raw
            .roles
            .first()
            .or(raw.condition.as_ref())
            .or(raw.at.as_ref())
        {
            self.note(
                stray,
                "an impersonation has no roles, condition or 'at'",
                "what the account may do is set by its own bindings",
            );
            return None;
        }
        let service_account = self.read(account, Email::parse);
        let via = self.word(
            raw.via.as_ref(),
            Via::Broker,
            &[("broker", Via::Broker), ("binding", Via::Binding)],
        );
        let token_at = raw.token.as_ref().map(|token| &token.max);
        let token_max: Option<Duration> = self.duration_or(token_at, USUAL_TOKEN);
        let service_account = service_account?;
        if user_managed_project(&service_account).is_none() {
            self.note(
                account,
                format!("'{service_account}' is not a service account of a project"),
                "write NAME@PROJECT.iam.gserviceaccount.com",
            );
            return None;
        }
        let token_max = token_max?;
        if let Some(at) = token_at.filter(|_| token_max > LONGEST_TOKEN) {
            self.note(
                at,
                format!("a token lasts at most {LONGEST_TOKEN}"),
                "write max: 1h; a session renews its token while the grant lasts",
            );
            return None;
        }
        Some(Privilege::Impersonation(Impersonation {
            service_account,
            via: via?,
            token_max,
        }))
    }
}
