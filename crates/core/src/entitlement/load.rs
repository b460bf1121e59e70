//! Reading entitlement files: from YAML to a catalogue, or to diagnostics that say where and what to do.

use std::collections::BTreeMap;

use super::raw::{File, RawApproval, RawEntitlement, RawPrivilege, RawStep};
use super::{
    Approval, Catalogue, DurationRule, Entitlement, EntitlementId, JustificationRule, Privilege,
    target,
};
use crate::condition::ExtraCondition;
use crate::diagnostic::Diagnostic;
use crate::duration::Duration;
use crate::principal::Principal;
use crate::role::Role;
use serde_saphyr::{Location, Spanned};

/// The version of the format.
const API_VERSION: &str = "daypass/v1";

/// Largest file that is read, in bytes.
const MAX_FILE_BYTES: usize = 1024 * 1024;

/// The duration that is given when nobody says: an hour, or the maximum if that is less.
const DEFAULT_DURATION: Duration = Duration::minutes(60);

/// The longest duration of an entitlement that names none.
const DEFAULT_MAX: Duration = Duration::minutes(8 * 60);

/// The shortest duration of an entitlement that names none.
const DEFAULT_MIN: Duration = Duration::minutes(1);

/// How long a request waits for approval where the entitlement does not say.
const DEFAULT_EXPIRES: Duration = Duration::minutes(4 * 60);

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name, as it shall stand in diagnostics.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Reads all files as one catalogue. Every finding of every file is told, not only the first.
pub fn load(sources: &[Source]) -> Result<Catalogue, Vec<Diagnostic>> {
    let mut findings = Vec::new();
    let mut entitlements: Vec<Entitlement> = Vec::new();
    let mut places: BTreeMap<EntitlementId, String> = BTreeMap::new();
    for source in sources {
        let mut reader = Reader {
            source,
            findings: &mut findings,
        };
        let Some(file) = reader.parse() else { continue };
        if file.api_version.value != API_VERSION {
            let hint = format!("write apiVersion: {API_VERSION}");
            reader.note(
                &file.api_version,
                format!("the format '{}' is not known", file.api_version.value),
                &hint,
            );
            continue;
        }
        for raw in &file.entitlements {
            let Some(entitlement) = reader.entitlement(raw, &file) else {
                continue;
            };
            let place = format!("{}:{}", source.name, raw.id.referenced.line());
            if let Some(first) = places.insert(entitlement.id.clone(), place) {
                reader.note(
                    &raw.id,
                    format!(
                        "the id '{}' is used twice; first at {first}",
                        entitlement.id
                    ),
                    "ids are unique over all files",
                );
                continue;
            }
            entitlements.push(entitlement);
        }
    }
    if findings.is_empty() {
        Ok(Catalogue::new(entitlements))
    } else {
        Err(findings)
    }
}

struct Reader<'a> {
    source: &'a Source,
    findings: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn parse(&mut self) -> Option<File> {
        if self.source.text.len() > MAX_FILE_BYTES {
            self.push(
                None,
                &format!("the file is larger than {MAX_FILE_BYTES} bytes"),
                Some("split it into several files"),
            );
            return None;
        }
        match serde_saphyr::from_str::<File>(&self.source.text) {
            Ok(file) => Some(file),
            Err(error) => {
                let message = error.to_string();
                let message = message
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .trim_end_matches(':')
                    .to_owned();
                self.push(
                    error.location(),
                    &strip_place(&message),
                    Some(
                        "see the annotated example of an entitlement file in docs/entitlements.md",
                    ),
                );
                None
            }
        }
    }

    fn push(&mut self, location: Option<Location>, message: &str, hint: Option<&str>) {
        let (line, column) =
            location.map_or((0, 0), |location| (location.line(), location.column()));
        let index = usize::try_from(line).unwrap_or(0);
        self.findings.push(Diagnostic {
            file: self.source.name.clone(),
            line,
            column,
            message: crate::justification::printable(message, 400),
            hint: hint.map(str::to_owned),
            excerpt: index
                .checked_sub(1)
                .and_then(|index| self.source.text.lines().nth(index))
                .map(|line| crate::justification::printable(line, 160)),
        });
    }

    fn note<T>(&mut self, at: &Spanned<T>, message: impl AsRef<str>, hint: &str) {
        self.push(Some(at.referenced), message.as_ref(), Some(hint));
    }

    /// The value, or a finding where it stands.
    fn read<T>(
        &mut self,
        at: &Spanned<String>,
        parse: impl Fn(&str) -> Result<T, crate::Error>,
    ) -> Option<T> {
        parse(&at.value)
            .map_err(|error| self.push(Some(at.referenced), &error.to_string(), error.hint()))
            .ok()
    }

    /// All values, or findings for those that are wrong.
    fn read_all<T>(
        &mut self,
        at: &[Spanned<String>],
        parse: impl Fn(&str) -> Result<T, crate::Error>,
    ) -> Option<Vec<T>> {
        let values: Vec<Option<T>> = at.iter().map(|one| self.read(one, &parse)).collect();
        values.into_iter().collect()
    }

    fn principals(&mut self, at: &[Spanned<String>]) -> Option<Vec<Principal>> {
        self.read_all(at, str::parse)
    }

    fn entitlement(&mut self, raw: &RawEntitlement, file: &File) -> Option<Entitlement> {
        let id = EntitlementId::parse(&raw.id.value);
        if id.is_none() {
            let message = format!(
                "'{}' is not an entitlement id",
                crate::justification::printable(&raw.id.value, 70)
            );
            self.note(
                &raw.id,
                message,
                "use 3 to 63 of a-z, 0-9 and -, starting with a letter",
            );
        }
        let text = |text: &Option<String>, other: &str| {
            crate::justification::printable(text.as_deref().unwrap_or(other), 2_000)
        };
        let owner = raw.owner.as_ref().map(|owner| self.read(owner, str::parse));
        let requesters = self.principals(&raw.requesters);
        let beneficiaries = self.principals(&raw.beneficiaries);
        let grantors = self.principals(&raw.grantors);
        if raw.requesters.is_empty() && raw.grantors.is_empty() {
            self.note(
                &raw.id,
                "nobody may ask for it and nobody may give it",
                "list requesters or grantors",
            );
        }
        if raw.privileges.is_empty() {
            self.note(
                &raw.id,
                "it gives nothing",
                "list at least one privilege, with a resource and its roles",
            );
        }
        let privileges: Vec<Option<Privilege>> = raw
            .privileges
            .iter()
            .map(|privilege| self.privilege(privilege))
            .collect();
        let duration = self.duration(raw, file);
        let start_latest = match &raw.start {
            None => Some(None),
            Some(start) => self.read(&start.latest, Duration::parse).map(Some),
        };
        let justification = self.justification(raw);
        let approval = self.approval(raw).ok();
        Some(Entitlement {
            id: id?,
            title: text(&raw.title, &raw.id.value),
            description: text(&raw.description, ""),
            owner: match owner {
                None => None,
                Some(owner) => Some(owner?),
            },
            requesters: requesters?,
            beneficiaries: beneficiaries?,
            grantors: grantors?,
            privileges: privileges.into_iter().collect::<Option<_>>()?,
            duration: duration?,
            start_latest: start_latest?,
            justification: justification?,
            approval: approval?,
        })
    }

    fn privilege(&mut self, raw: &RawPrivilege) -> Option<Privilege> {
        let resource = self.read(&raw.resource, str::parse);
        let roles = self.read_all(&raw.roles, str::parse::<Role>);
        if raw.roles.is_empty() {
            self.note(
                &raw.resource,
                "no role on this resource",
                "list at least one role",
            );
            return None;
        }
        let own = match &raw.condition {
            None => Some(None),
            Some(condition) => self.read(condition, ExtraCondition::parse).map(Some),
        };
        let (resource, roles, own) = (resource?, roles?, own?);
        match target::resolve(&resource, raw.at.as_ref().map(|at| at.value.as_str()), own) {
            Ok((target, condition)) => Some(Privilege {
                resource,
                target,
                roles,
                condition,
            }),
            Err(wrong) => {
                let at = raw
                    .at
                    .as_ref()
                    .filter(|_| wrong.is_about_at)
                    .unwrap_or(&raw.resource);
                self.note(at, wrong.message, &wrong.hint);
                None
            }
        }
    }

    fn duration(&mut self, raw: &RawEntitlement, file: &File) -> Option<DurationRule> {
        let own = raw.duration.as_ref();
        let defaults = file
            .defaults
            .as_ref()
            .and_then(|defaults| defaults.duration.as_ref());
        let pick = |own: Option<&Spanned<String>>, shared: Option<&Spanned<String>>| {
            own.or(shared).cloned()
        };
        let max_at = pick(
            own.and_then(|d| d.max.as_ref()),
            defaults.and_then(|d| d.max.as_ref()),
        );
        let min_at = pick(
            own.and_then(|d| d.min.as_ref()),
            defaults.and_then(|d| d.min.as_ref()),
        );
        let default_at = pick(
            own.and_then(|d| d.default.as_ref()),
            defaults.and_then(|d| d.default.as_ref()),
        );
        let max = max_at
            .as_ref()
            .map_or(Some(DEFAULT_MAX), |at| self.read(at, Duration::parse))?;
        let min = min_at.as_ref().map_or(Some(DEFAULT_MIN.min(max)), |at| {
            self.read(at, Duration::parse)
        })?;
        let own_default = own.and_then(|d| d.default.as_ref()).is_some();
        let default = default_at
            .as_ref()
            .map_or(Some(DEFAULT_DURATION.min(max).max(min)), |at| {
                self.read(at, Duration::parse)
            })?;
        // A default that is shared by the whole file bends to the entitlement's own bounds; its own must fit.
        let default = if own_default {
            default
        } else {
            default.clamp(min, max.max(min))
        };
        if min > max || default > max || default < min {
            let at = default_at
                .filter(|_| own_default && min <= max)
                .or(min_at)
                .unwrap_or_else(|| raw.id.clone());
            self.note(
                &at,
                format!("the durations do not fit: min {min}, default {default}, max {max}"),
                "min ≤ default ≤ max",
            );
            return None;
        }
        Some(DurationRule { min, default, max })
    }

    fn justification(&mut self, raw: &RawEntitlement) -> Option<JustificationRule> {
        let Some(rule) = &raw.justification else {
            return Some(JustificationRule {
                required: true,
                pattern: None,
                hint: None,
            });
        };
        if let Some(pattern) = &rule.pattern
            && let Err(error) = regex::RegexBuilder::new(&pattern.value)
                .size_limit(1 << 20)
                .build()
        {
            let message = error
                .to_string()
                .lines()
                .last()
                .unwrap_or_default()
                .replace("error: ", "");
            self.note(
                pattern,
                format!("the pattern is not a regular expression: {message}"),
                "the pattern searches; anchor it with ^ and $",
            );
            return None;
        }
        Some(JustificationRule {
            required: rule.required.unwrap_or(true),
            pattern: rule.pattern.as_ref().map(|pattern| pattern.value.clone()),
            hint: rule.hint.clone(),
        })
    }

    /// Who must agree, or nobody. An error is a finding that was noted.
    fn approval(&mut self, raw: &RawEntitlement) -> Result<Option<Approval>, ()> {
        let approval = match &raw.approval {
            Some(approval) => approval,
            // What nobody wrote is never "nobody must agree".
            None if raw.requesters.is_empty() => return Ok(None),
            None => {
                self.note(
                    &raw.id,
                    "it does not say who must approve",
                    "write approval: none, or approval with one step",
                );
                return Err(());
            }
        };
        let RawApproval::Steps { expires, steps } = &approval.value else {
            return Ok(None);
        };
        let expires = expires
            .as_ref()
            .map_or(Some(DEFAULT_EXPIRES), |at| self.read(at, Duration::parse));
        let [RawStep { approvers, needed }] = &steps[..] else {
            self.note(
                approval,
                format!("an approval has one step, this one has {}", steps.len()),
                "write one step with its approvers",
            );
            return Err(());
        };
        let people = self.principals(approvers);
        let needed = needed.unwrap_or(1);
        if needed == 0 || approvers.is_empty() {
            self.note(
                approval,
                "a step needs at least one approver",
                "list approvers, or write approval: none",
            );
            return Err(());
        }
        Ok(Some(Approval {
            approvers: people.ok_or(())?,
            needed,
            expires: expires.ok_or(())?,
        }))
    }
}

/// The parser's message without the place, which the diagnostic shows by itself.
fn strip_place(message: &str) -> String {
    let rest = message.strip_prefix("error: ").unwrap_or(message);
    match rest.split_once(": ") {
        Some((place, text)) if place.starts_with("line ") => text.to_owned(),
        _ => rest.to_owned(),
    }
}

#[cfg(test)]
mod tests;
