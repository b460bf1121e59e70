//! Named places where a test can make the process die, to prove that nothing is lost there.
//!
//! Compiled in only with the feature `crash-points`, which no release has.

/// The places, in the order in which a grant passes them.
pub const POINTS: [&str; 10] = [
    "before-request-commit",
    "after-request-commit",
    "after-approve-commit",
    "before-intent-commit",
    "after-intent-commit",
    "before-set",
    "after-set",
    "after-read-back",
    "before-settle-commit",
    "after-settle-commit",
];

#[cfg(feature = "crash-points")]
static CHOSEN: std::sync::Mutex<Option<(String, u32)>> = std::sync::Mutex::new(None);

/// Chooses the place to die at, and how often it is passed before.
#[cfg(feature = "crash-points")]
pub fn choose(name: &str, passes: u32) {
    if let Ok(mut chosen) = CHOSEN.lock() {
        *chosen = Some((name.to_owned(), passes));
    }
}

/// Dies here, without any cleaning up, if this place was chosen.
#[cfg(feature = "crash-points")]
pub fn point(name: &str) {
    debug_assert!(POINTS.contains(&name));
    if let Ok(mut chosen) = CHOSEN.lock()
        && let Some((place, passes)) = chosen.as_mut()
        && place == name
    {
        if *passes == 0 {
            std::process::abort();
        }
        *passes -= 1;
    }
}

/// Does nothing, in a build without the feature.
#[cfg(not(feature = "crash-points"))]
pub const fn point(_: &str) {}
