//! The request and response types of the REST API, `/api/v1`. The server and the command share them, and nothing
//! else of ours: they say what is on the wire, in plain types. Times are RFC 3339 in UTC; durations are written as in
//! `1h30m`.

mod audit;
mod entitlement;
mod explanation;
mod grant;
mod identity;
mod problem;

pub use audit::{AuditEntries, AuditEntry};
pub use entitlement::{ApprovalTerms, Entitlement, Entitlements, Privilege};
pub use explanation::{Explanation, Rule};
pub use grant::{
    Binding, CreateGrant, Decide, Extend, Extends, Give, Grant, GrantedPrivilege, Grants, Vote,
};
pub use identity::{Identity, Login, Session};
pub use problem::Problem;

/// Media type of an error (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The header that makes a repeated write have one effect.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
