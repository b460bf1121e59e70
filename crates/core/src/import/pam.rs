//! Entitlements of Google Privileged Access Manager, as `gcloud pam entitlements list --format=json` prints them
//! (<https://cloud.google.com/iam/docs/reference/pam/rest/v1/folders.locations.entitlements>).

mod fields;

#[cfg(test)]
mod tests;

use serde_json::Value;

use self::fields::Fields;
use super::draft::{
    Draft, DraftApproval, DraftDuration, DraftJustification, DraftPrivilege, DraftStep, DraftSteps,
};
use super::privileges::Bindings;
use super::report::{Gathering, Imported, Place, shown};
use crate::duration::Duration;
use crate::email::Email;
use crate::entitlement::Source;
use crate::principal::Principal;
use crate::resource::ResourceName;
use crate::role::Role;

/// What Google keeps about an entitlement beside its rules.
const ABOUT: [&str; 5] = ["createTime", "updateTime", "etag", "state", "name"];

/// Reads one entitlement, a list of them, or the API's answer to a list.
pub fn import(files: &[Source]) -> Imported {
    let mut gathering = Gathering::default();
    for file in files {
        let place = Place::file(&file.name);
        match serde_json::from_str::<Value>(&file.text) {
            Ok(document) => walk(document, &place, &mut gathering),
            Err(error) => {
                gathering.wrong(&place, format!("it is not JSON: {error}"));
            }
        }
    }
    gathering.finish()
}

fn walk(document: Value, place: &Place, gathering: &mut Gathering) {
    match document {
        Value::Array(items) => {
            for (index, item) in items.into_iter().enumerate() {
                walk(item, &place.inside(format_args!("[{index}]")), gathering);
            }
        }
        Value::Object(mut fields) if fields.get("entitlements").is_some_and(Value::is_array) => {
            let items = fields.remove("entitlements").unwrap_or_default();
            walk(items, &place.inside("entitlements"), gathering);
        }
        Value::Object(fields) if fields.contains_key("privilegedAccess") => {
            entitlement(Fields::new(fields, place.clone()), gathering);
        }
        _ => {
            let note = gathering.wrong(
                place,
                "it is not an entitlement of Privileged Access Manager",
            );
            note.hint = Some(
                "gcloud pam entitlements list --project=ID --location=global --format=json".into(),
            );
        }
    }
}

/// Carries one entitlement over, or says why not.
fn entitlement(mut fields: Fields, gathering: &mut Gathering) {
    let place = fields.place.clone();
    let name = fields.text("name").unwrap_or_default();
    if fields.text("state").as_deref() == Some("DELETING") {
        gathering.left(&place, format!("{} is being deleted", shown(&name)));
        return;
    }
    let requesters = eligible(&mut fields, gathering);
    let privileges = privileges(&mut fields, gathering);
    let duration = duration(&mut fields, gathering);
    let justification = justification(&mut fields, gathering);
    let approval = approval(&mut fields, gathering);
    let notify = notify(&mut fields, gathering);
    fields.report_rest(&ABOUT, gathering);
    let what = shown(&name);
    if requesters.is_empty() {
        gathering.left(&place, format!("{what}: nobody is left who may ask for it"));
        return;
    }
    if privileges.is_empty() {
        gathering.left(
            &place,
            format!("{what}: no role is left that it could give"),
        );
        return;
    }
    let (Some(duration), Some(approval)) = (duration, approval) else {
        gathering.left(
            &place,
            format!("{what}: without that it would give more than before"),
        );
        return;
    };
    let last = name.rsplit('/').next().unwrap_or_default();
    let draft = Draft {
        id: gathering.ids.take(&[last]),
        title: String::new(),
        description: String::new(),
        requesters,
        privileges,
        duration: DraftDuration {
            max: duration.to_string(),
            ..DraftDuration::default()
        },
        justification: Some(justification),
        inputs: Vec::new(),
        constraints: Vec::new(),
        approval,
        notify,
    };
    gathering.entitlement(&[place], draft, &what);
}

fn eligible(fields: &mut Fields, gathering: &mut Gathering) -> Vec<String> {
    fields
        .list("eligibleUsers", gathering)
        .into_iter()
        .flat_map(|entry| principals(entry, gathering))
        .collect()
}

/// The principals of one access control entry.
fn principals(mut entry: Fields, gathering: &mut Gathering) -> Vec<String> {
    let mut known = Vec::new();
    for (place, text) in entry.texts("principals", gathering) {
        match text.parse::<Principal>() {
            Ok(principal) => known.push(principal.to_string()),
            Err(error) => {
                gathering.left(&place, error.to_string()).hint = error.hint().map(str::to_owned);
            }
        }
    }
    entry.report_rest(&[], gathering);
    known
}

fn privileges(fields: &mut Fields, gathering: &mut Gathering) -> Vec<DraftPrivilege> {
    let mut bindings = Bindings::default();
    let Some(mut access) = fields.inner("privilegedAccess", gathering) else {
        return Vec::new();
    };
    if let Some(mut iam) = access.inner("gcpIamAccess", gathering) {
        let full = iam.text("resource").unwrap_or_default();
        let resource = full
            .strip_prefix("//cloudresourcemanager.googleapis.com/")
            .unwrap_or(&full)
            .parse::<ResourceName>();
        for mut binding in iam.list("roleBindings", gathering) {
            let place = binding.place.clone();
            let role = binding.text("role").unwrap_or_default().parse::<Role>();
            let condition = binding
                .text("conditionExpression")
                .filter(|text| !text.trim().is_empty());
            binding.report_rest(&["id"], gathering);
            match (&resource, &role) {
                (Ok(resource), Ok(role)) => {
                    bindings.add(resource, role, condition, &place);
                }
                (Err(error), _) | (_, Err(error)) => {
                    gathering.left(&place, error.to_string()).hint =
                        error.hint().map(str::to_owned);
                }
            }
        }
        iam.report_rest(&["resourceType"], gathering);
    }
    access.report_rest(&[], gathering);
    bindings.privileges(gathering)
}

/// The longest duration; a restriction, so without it there is no entitlement.
fn duration(fields: &mut Fields, gathering: &mut Gathering) -> Option<Duration> {
    let place = fields.place.inside("maxRequestDuration");
    let text = fields.text("maxRequestDuration").unwrap_or_default();
    match Duration::parse(&text) {
        Ok(duration) => Some(duration),
        Err(error) => {
            gathering.left(&place, error.to_string());
            None
        }
    }
}

fn justification(fields: &mut Fields, gathering: &mut Gathering) -> DraftJustification {
    let mut required = true;
    if let Some(mut rule) = fields.inner("requesterJustificationConfig", gathering) {
        required = !rule.has("notMandatory");
        rule.take("notMandatory");
        rule.take("unstructured");
        rule.report_rest(&[], gathering);
    }
    DraftJustification {
        required,
        pattern: None,
        hint: None,
    }
}

/// Who must agree. None: somebody must, but it cannot be written who.
fn approval(fields: &mut Fields, gathering: &mut Gathering) -> Option<DraftApproval> {
    if !fields.has("approvalWorkflow") {
        return Some(DraftApproval::NONE);
    }
    let mut workflow = fields.inner("approvalWorkflow", gathering)?;
    let manual = workflow.inner("manualApprovals", gathering);
    workflow.report_rest(&[], gathering);
    let mut manual = manual?;
    let must_say_why = manual.flag("requireApproverJustification");
    let mut steps = Vec::new();
    let mut whole = true;
    for mut step in manual.list("steps", gathering) {
        let place = step.place.clone();
        let approvers: Vec<String> = step
            .list("approvers", gathering)
            .into_iter()
            .flat_map(|entry| principals(entry, gathering))
            .collect();
        let needed = step
            .take("approvalsNeeded")
            .map_or(Some(1), |value| value.as_u64());
        for (place, recipient) in step.texts("approverEmailRecipients", gathering) {
            let message = format!(
                "{}: those who may decide are told, and nobody else",
                shown(&recipient)
            );
            gathering.left(&place, message);
        }
        // The server numbers the steps.
        step.report_rest(&["id"], gathering);
        match needed {
            Some(needed) if needed > 0 && !approvers.is_empty() => {
                steps.push(DraftStep { approvers, needed });
            }
            _ => {
                gathering.left(&place, "the step has nobody left who could approve");
                whole = false;
            }
        }
    }
    manual.report_rest(&[], gathering);
    if steps.is_empty() && whole {
        gathering.left(&manual.place, "an approval without steps");
    }
    (whole && !steps.is_empty()).then(|| {
        DraftApproval::Steps(DraftSteps {
            justification: must_say_why.then_some("required"),
            steps,
            ..DraftSteps::default()
        })
    })
}

fn notify(fields: &mut Fields, gathering: &mut Gathering) -> Vec<String> {
    let mut notify = Vec::new();
    if let Some(mut targets) = fields.inner("additionalNotificationTargets", gathering) {
        for list in ["adminEmailRecipients", "requesterEmailRecipients"] {
            for (place, address) in targets.texts(list, gathering) {
                match Email::parse(&address) {
                    Ok(address) if notify.contains(&address.to_string()) => {}
                    Ok(address) => notify.push(address.to_string()),
                    Err(error) => {
                        gathering.left(&place, error.to_string());
                    }
                }
            }
        }
        targets.report_rest(&[], gathering);
    }
    notify
}
