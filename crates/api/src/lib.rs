//! The request and response types of the REST API, `/api/v1`. The server and the command share them, and nothing
//! else of ours: they say what is on the wire, in plain types. Times are RFC 3339 in UTC; durations are written as in
//! `1h30m`.

mod audit;
mod blast_radius;
mod break_glass;
mod entitlement;
mod explanation;
mod grant;
mod identity;
mod input;
mod problem;
mod step;
mod token;

pub use audit::{AuditEntries, AuditEntry};
pub use blast_radius::{AsAccount, BlastRadius, DangerousPermission, LentPermission, UnknownPart};
pub use break_glass::{BreakGlass, GiveReview, Review, ReviewTerms, ReviewWord};
pub use entitlement::{
    ApprovalTerms, Entitlement, Entitlements, Impersonation, Privilege, Selector,
};
pub use explanation::{Explanation, Rule};
pub use grant::{
    Binding, CreateGrant, Decide, Extend, Extends, Give, Grant, GrantedPrivilege, Grants, Vote,
};
pub use identity::{Identity, Login, Session};
pub use input::{Input, InputValue};
pub use problem::Problem;
pub use step::{Escalation, ExplainedStep, Step, StepTerms};
pub use token::{MintToken, Token};

/// Media type of an error (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The header that makes a repeated write have one effect.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
