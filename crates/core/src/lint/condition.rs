//! Conditions that exclude nothing, or everything.

use super::{Found, World};
use crate::cel::{self, BinaryOperator, Expr, Literal, LogicalOperator, Node};
use crate::entitlement::{Entitlement, Privilege};
use crate::resource::KINDS;

pub(super) fn excludes_nothing(one: &Entitlement, _: &World<'_>) -> Vec<Found> {
    conditions(one)
        .filter_map(|(path, _, text)| {
            let expression = cel::parse(text).ok()?;
            let idle = cel::clauses(&expression).iter().find(|clause| is_always_true(clause))?;
            let shown = text.get(idle.span.start..idle.span.end).unwrap_or(text);
            Some(Found::warning(
                path,
                format!("the condition '{shown}' is always true, so it limits nothing"),
                "name what it is for, such as resource.name.startsWith(\"projects/_/buckets/logs-\"), or leave it out",
            ))
        })
        .collect()
}

pub(super) fn grants_nothing(one: &Entitlement, _: &World<'_>) -> Vec<Found> {
    conditions(one)
        .filter_map(|(path, privilege, text)| {
            let expression = cel::parse(text).ok()?;
            let attribute = resource_attribute(&expression)?;
            let role = privilege.roles().iter().find(|role| is_blind(role.as_str()))?;
            Some(Found::warning(
                path,
                format!(
                    "the service of {role} does not tell conditions about {attribute}, so this grants nothing"
                ),
                "leave the condition out, or give a role of a service that supports it",
            ))
        })
        .collect()
}

fn conditions(one: &Entitlement) -> impl Iterator<Item = (String, &Privilege, &str)> {
    let privileges = one.privileges.iter().enumerate();
    privileges.filter_map(|(index, privilege)| {
        let condition = match privilege {
            Privilege::Resource(privilege) => privilege.condition.as_ref(),
            Privilege::Projects(privilege) => privilege.condition.as_ref(),
            Privilege::Impersonation(_) => None,
        };
        Some((
            format!("privileges[{index}].condition"),
            privilege,
            condition?.as_str(),
        ))
    })
}

fn is_always_true(expression: &Expr) -> bool {
    match &expression.node {
        Node::Literal(Literal::Bool(value)) => *value,
        Node::Logical { operator, operands } => match operator {
            LogicalOperator::And => operands.iter().all(is_always_true),
            LogicalOperator::Or => operands.iter().any(is_always_true),
        },
        Node::Binary {
            operator: BinaryOperator::Equal,
            left,
            right,
        } => matches!(left.node, Node::Literal(_)) && left == right,
        Node::Binary {
            operator: BinaryOperator::NotEqual,
            left,
            right,
        } => {
            let both = matches!(
                (&left.node, &right.node),
                (Node::Literal(_), Node::Literal(_))
            );
            // No resource has an empty name, type or service.
            let is_empty =
                matches!(&right.node, Node::Literal(Literal::String(text)) if text.is_empty());
            both && left != right || is_empty && resource_attribute(left).is_some()
        }
        Node::Call {
            function,
            target: Some(target),
            arguments,
        } => {
            let [argument] = &arguments[..] else {
                return false;
            };
            let Node::Literal(Literal::String(text)) = &argument.node else {
                return false;
            };
            match function.as_str() {
                // Every resource's name begins so, where the service tells it at all.
                "startsWith" => {
                    text.is_empty()
                        || target.path().as_deref() == Some("resource.name")
                            && ["projects/", "projects/_/", "projects"].contains(&text.as_str())
                }
                "endsWith" | "contains" => text.is_empty(),
                "matches" => [".*", "", "^.*$", "^.*"].contains(&text.as_str()),
                _ => false,
            }
        }
        _ => false,
    }
}

/// The first attribute of the resource that the expression asks for.
fn resource_attribute(expression: &Expr) -> Option<String> {
    if let Some(path) = expression.path() {
        let known = ["resource.name", "resource.type", "resource.service"];
        if known.contains(&path.as_str()) {
            return Some(path);
        }
    }
    let mut found = None;
    expression.each_child(|child| {
        if found.is_none() {
            found = resource_attribute(child);
        }
    });
    found
}

/// Whether the role is of a service none of whose resources supply attributes (finding 1 of the kind table: Pub/Sub,
/// service accounts; Billing has no row and supplies none either).
fn is_blind(role: &str) -> bool {
    let Some(service) = role
        .strip_prefix("roles/")
        .and_then(|rest| rest.split('.').next())
    else {
        return false;
    };
    let mut kinds = KINDS
        .iter()
        .filter(|kind| kind.permissions.split('.').next() == Some(service))
        .peekable();
    match kinds.peek() {
        None => service == "billing",
        Some(_) if service == "resourcemanager" => false,
        Some(_) => kinds.all(|kind| kind.attributes.is_none()),
    }
}
