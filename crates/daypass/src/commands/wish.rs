//! What is about to be asked or given, in one line, before it is.

use daypass_api::{CreateGrant, Explanation};

use super::Context;
use super::context::block_on;
use crate::client::Client;
use crate::error::Error;
use crate::output::{self, principal, visible};

/// Shows what the server would make of it and asks for a yes. False: the rules deny it, which is told.
pub(super) fn confirm(
    context: &Context,
    client: &Client,
    wish: &CreateGrant,
    verb: &str,
) -> Result<bool, Error> {
    if !context.can_ask() {
        return context.confirm("Go on?").map(|()| true);
    }
    let explanation = block_on(client.explain(wish))?;
    if explanation.decision == "denied" {
        output::talk(&output::explanation::detail(
            &explanation,
            context.output.width(),
        ));
        return Ok(false);
    }
    output::talk(&sentence(verb, wish, &explanation));
    context.confirm("Go on?").map(|()| true)
}

fn sentence(verb: &str, wish: &CreateGrant, explanation: &Explanation) -> String {
    let what = match (&wish.entitlement, &wish.give) {
        (Some(entitlement), _) => visible(entitlement),
        (None, Some(give)) => format!("{} to {}", visible(&give.role), principal(&give.to)),
        (None, None) => "it".into(),
    };
    let mut resources: Vec<_> = explanation
        .privileges
        .iter()
        .map(|privilege| visible(&privilege.resource))
        .collect();
    resources.sort();
    resources.dedup();
    let preposition = if wish.give.is_some() { "" } else { " for" };
    let on = match resources.as_slice() {
        [] => String::new(),
        few @ ([_] | [_, _] | [_, _, _]) => format!(" on {}", few.join(", ")),
        many => format!(" on {} resources", many.len()),
    };
    let length = explanation
        .duration
        .as_deref()
        .map(|duration| format!(" for {}", visible(duration)))
        .unwrap_or_default();
    let from = explanation
        .start_at
        .as_deref()
        .map(|start| format!(" from {}", visible(start)))
        .unwrap_or_default();
    let then = match explanation.decision.as_str() {
        "needs-approval" => output::steps::explained(&explanation.steps),
        _ if explanation.break_glass.is_some() => {
            "it begins at once, people are called, and a review is owed".into()
        }
        _ => "it begins at once".into(),
    };
    let then = if explanation.start_at.is_some() && explanation.decision != "needs-approval" {
        "nobody needs to approve".into()
    } else {
        then
    };
    format!("{verb}{preposition} {what}{on}{length}{from}; {then}.")
}

#[cfg(test)]
mod tests {
    use daypass_api::{Give, GrantedPrivilege};

    use super::*;

    fn explanation(decision: &str) -> Explanation {
        Explanation {
            decision: decision.into(),
            rules: Vec::new(),
            approvers: vec!["carol@example.com".into()],
            needed: 1,
            expires: None,
            beneficiary: None,
            privileges: vec![GrantedPrivilege {
                resource: "projects/acme-prod".into(),
                target: None,
                role: "roles/storage.admin".into(),
                condition: None,
            }],
            duration: Some("30m".into()),
            start_at: None,
            blast_radius: None,
            conditions: Vec::new(),
            steps: vec![daypass_api::ExplainedStep {
                number: 1,
                needed: 1,
                people: vec!["carol@example.com".into()],
                others: false,
            }],
            comment_required: false,
            impersonations: Vec::new(),
            inputs: std::collections::BTreeMap::new(),
            break_glass: None,
            review: None,
        }
    }

    #[test]
    fn one_sentence_says_it_all() {
        let ask = CreateGrant {
            entitlement: Some("prod-storage".into()),
            ..CreateGrant::default()
        };
        assert_eq!(
            sentence("You ask", &ask, &explanation("needs-approval")),
            "You ask for prod-storage on projects/acme-prod for 30m; carol@example.com may approve."
        );
        let give = Give {
            role: "roles/storage.admin".into(),
            on: "acme-prod".into(),
            to: "user:bob@example.com".into(),
        };
        let give = CreateGrant {
            give: Some(give),
            ..CreateGrant::default()
        };
        assert_eq!(
            sentence("You give", &give, &explanation("granted")),
            "You give roles/storage.admin to bob@example.com on projects/acme-prod for 30m; it begins at once."
        );
    }
}
