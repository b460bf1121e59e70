//! Randomness for secrets, ids and dice. The sandbox stands in for Google, whose choices nobody can set.

use rand::distr::{Distribution, StandardUniform};

/// A random value from the operating system's generator.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox plays Google: its ids and secrets are its own"
)]
pub(crate) fn random<T>() -> T
where
    StandardUniform: Distribution<T>,
{
    rand::random()
}
