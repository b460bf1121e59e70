//! Whether the approver's own power, which the entitlement wants, can be had the way it is asked for.

use crate::decide::Rule;
use crate::entitlement::{Authority, Entitlement, Identity};
use crate::request::Ask;

/// None: the entitlement wants no power of the approver's own, or nothing stands in its way.
pub(super) fn own_power(entitlement: &Entitlement, ask: &Ask) -> Option<Rule> {
    let approval = entitlement.approval.as_ref()?;
    let writes = approval.identity == Identity::Approver;
    if !writes && approval.authority == Authority::Entitlement {
        return None;
    }
    if ask.gives() {
        return Some(Rule::broken(
            "own-power",
            "it is written or vouched for by an approver's own power at Google, and what is given unasked has no approver"
                .into(),
            "ask for it, and have it approved in the browser",
        ));
    }
    if writes && ask.start_at.is_some() {
        return Some(Rule::broken(
            "own-power",
            "it is written with the approver's own access token, which does not live until a later start".into(),
            "ask for it when it is needed, without a start",
        ));
    }
    None
}
