use jiff::{SignedDuration, Timestamp};

/// Time as Google sees it.
pub trait Clock: Send + Sync {
    /// Google's time: our monotonic clock, corrected by the `Date` headers that Google sends.
    fn now(&self) -> Timestamp;

    /// By how much our own wall clock is ahead of Google's; none until it is measured. Above the bound of the core,
    /// nothing is granted.
    fn skew(&self) -> Option<SignedDuration>;
}

/// Randomness that nobody can guess.
pub trait Random: Send + Sync {
    /// Fills the bytes.
    fn fill(&self, bytes: &mut [u8]);
}
