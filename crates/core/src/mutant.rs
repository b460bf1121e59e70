//! Deliberate defects, to prove that the tests notice them.
//!
//! Compiled in only with the feature `mutants`, which no release has; without it every question is answered `false`
//! at compile time. A test switches one on and must fail by a named assertion.

/// A defect that a careless change could bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Mutant {
    EtagDropped = 1,
    EtagMissingAccepted,
    DowngradedAccepted,
    SelfCheckSkipped,
    LimitsIgnored,
    OldWindowKept,
    AddedTwice,
    RemovesByAccess,
    SweepsLive,
    VersionOneAsked,
    AuditAfterSet,
    ReadBackSkipped,
    RequesterApproves,
    VoteCountedTwice,
    LateVoteCounts,
    EndIsInclusive,
    ConflictNotRetried,
    AmbiguousRepeated,
    EligibilityNotRechecked,
    SkewIgnored,
    OwnershipByTitle,
    BatchSharesFate,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::EtagDropped,
        Self::EtagMissingAccepted,
        Self::DowngradedAccepted,
        Self::SelfCheckSkipped,
        Self::LimitsIgnored,
        Self::OldWindowKept,
        Self::AddedTwice,
        Self::RemovesByAccess,
        Self::SweepsLive,
        Self::VersionOneAsked,
        Self::AuditAfterSet,
        Self::ReadBackSkipped,
        Self::RequesterApproves,
        Self::VoteCountedTwice,
        Self::LateVoteCounts,
        Self::EndIsInclusive,
        Self::ConflictNotRetried,
        Self::AmbiguousRepeated,
        Self::EligibilityNotRechecked,
        Self::SkewIgnored,
        Self::OwnershipByTitle,
        Self::BatchSharesFate,
    ];
}

#[cfg(feature = "mutants")]
static ACTIVE: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

/// Switches one defect on, or all off.
#[cfg(feature = "mutants")]
pub fn switch(mutant: Option<Mutant>) {
    ACTIVE.store(
        mutant.map_or(0, |mutant| mutant as usize),
        std::sync::atomic::Ordering::SeqCst,
    );
}

/// Whether this defect is switched on.
#[cfg(feature = "mutants")]
pub fn is(mutant: Mutant) -> bool {
    ACTIVE.load(std::sync::atomic::Ordering::SeqCst) == mutant as usize
}

/// Never, in a build without the feature.
#[cfg(not(feature = "mutants"))]
pub const fn is(_: Mutant) -> bool {
    false
}
