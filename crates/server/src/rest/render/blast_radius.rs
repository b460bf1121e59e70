//! How far a grant reaches, on the wire.

use daypass_api as api;
use daypass_core::blast_radius::{AsAccount, BlastRadius, Danger};

/// What an explanation and an approver's grant carry.
pub(crate) fn blast_radius(radius: &BlastRadius) -> api::BlastRadius {
    let lent = radius
        .lent
        .iter()
        .map(|(permission, until)| api::LentPermission {
            permission: permission.clone(),
            until: until.to_string(),
        });
    let unknown = radius.unknown.iter().map(|one| api::UnknownPart {
        about: one.about.clone(),
        why: one.why.clone(),
    });
    api::BlastRadius {
        gained: radius.gained.iter().cloned().collect(),
        already: u32::try_from(radius.already.len()).unwrap_or(u32::MAX),
        lent: lent.collect(),
        dangerous: radius.dangers.iter().map(danger).collect(),
        as_accounts: radius.accounts.iter().map(account).collect(),
        unknown: unknown.collect(),
    }
}

/// The same for somebody to whom the beneficiary's other grants are nobody's business: as if there were none.
pub(crate) fn without_other_grants(mut radius: BlastRadius) -> BlastRadius {
    let lent = std::mem::take(&mut radius.lent);
    radius.gained.extend(lent.into_keys());
    for danger in &mut radius.dangers {
        danger.until = None;
    }
    radius
}

fn danger(danger: &Danger) -> api::DangerousPermission {
    api::DangerousPermission {
        permission: danger.permission.clone(),
        category: danger.category.to_string(),
        can: danger.can.clone(),
        on: danger.on.iter().map(ToString::to_string).collect(),
        limited: danger.limited,
        until: danger.until.map(|until| until.to_string()),
    }
}

fn account(account: &AsAccount) -> api::AsAccount {
    api::AsAccount {
        service_account: account.account.to_string(),
        on: account.project.to_string(),
        gained: account.gained.iter().cloned().collect(),
        dangerous: account.dangers.iter().map(danger).collect(),
    }
}
