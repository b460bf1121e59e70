//! Grants that nobody remembers.

use super::{Found, World};
use crate::duration::Duration;
use crate::entitlement::Entitlement;

/// Longer than this is no longer for one job: a day.
const LONG: Duration = Duration::minutes(24 * 60);

pub(super) fn check(one: &Entitlement, _: &World<'_>) -> Vec<Found> {
    if one.duration.max <= LONG {
        return Vec::new();
    }
    vec![Found::warning(
        "duration.max",
        format!("a grant may last {}, longer than a day", one.duration.max),
        "write max: 8h; who needs it longer extends, and is asked again why",
    )]
}
