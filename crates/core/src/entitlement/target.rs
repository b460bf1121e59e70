//! Which policy a privilege is written into: that of its resource, or that of the project above it.
//!
//! A binding that cannot carry a condition cannot end by itself, and Daypass never writes one. A kind without
//! conditions can be served from its project, but only where its service tells conditions which resource a call is
//! about; elsewhere such a condition would grant nothing at all (finding 1).

use crate::condition::ExtraCondition;
use crate::resource::{ConditionSupport, KINDS, ResourceName};

/// Why a privilege cannot be written.
pub(super) struct Unfit {
    pub(super) message: String,
    pub(super) hint: String,
    pub(super) is_about_at: bool,
}

/// The resource whose policy is written, and the condition beside the window.
pub(super) fn resolve(
    resource: &ResourceName,
    at: Option<&str>,
    own: Option<ExtraCondition>,
) -> Result<(ResourceName, Option<ExtraCondition>), Unfit> {
    let kind = resource.kind();
    let unfit = |message: String, hint: String, is_about_at| Unfit {
        message,
        hint,
        is_about_at,
    };
    let Some(at) = at else {
        return match kind.conditions {
            ConditionSupport::Yes | ConditionSupport::IfUniformBucketLevelAccess => {
                Ok((resource.clone(), own))
            }
            ConditionSupport::No => Err(unfit(
                format!(
                    "a {} takes no conditions, so a grant on it could not end by itself",
                    kind.name
                ),
                alternatives(),
                false,
            )),
        };
    };
    if kind.conditions == ConditionSupport::Yes {
        let hint = "leave out 'at': the grant is written on the resource itself".to_owned();
        return Err(unfit(
            format!("a {} takes conditions itself", kind.name),
            hint,
            true,
        ));
    }
    let Some(_) = kind.attributes else {
        let message = format!(
            "{} does not tell conditions which {} a call is about, so a condition at the project would grant nothing",
            kind.service, kind.name
        );
        let hint = match resource.project() {
            Some(project) => {
                format!("to give the role in the whole project, write resource: projects/{project}")
            }
            None => alternatives(),
        };
        return Err(unfit(message, hint, true));
    };
    let project = match (at, resource.project()) {
        ("project", Some(project)) => format!("projects/{project}"),
        ("project", None) => {
            let message = format!("the name of a {} does not tell its project", kind.name);
            return Err(unfit(message, "write at: projects/ID".into(), true));
        }
        (named, _) => named.to_owned(),
    };
    let target = project
        .parse::<ResourceName>()
        .ok()
        .filter(|target| target.kind().name == "project");
    let Some(target) = target else {
        return Err(unfit(
            format!(
                "'{}' is not a project",
                crate::justification::printable(at, 80)
            ),
            "write at: project, or at: projects/ID".into(),
            true,
        ));
    };
    let limit =
        format!("resource.name == \"{resource}\" || resource.name.startsWith(\"{resource}/\")");
    let whole = own.map_or_else(
        || limit.clone(),
        |own| format!("({limit}) && ({})", own.as_str()),
    );
    match ExtraCondition::parse(&whole) {
        Ok(condition) => Ok((target, Some(condition))),
        Err(error) => Err(unfit(
            error.to_string(),
            "shorten the condition".into(),
            false,
        )),
    }
}

fn alternatives() -> String {
    let kinds: Vec<&str> = KINDS
        .iter()
        .filter(|kind| kind.conditions != ConditionSupport::No)
        .map(|kind| kind.name)
        .collect();
    format!("kinds that work: {}", kinds.join(", "))
}
