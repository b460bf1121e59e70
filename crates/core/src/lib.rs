//! The pure rules of Daypass: who may have what, on whose word, for how long, and how that becomes an edit of an
//! IAM policy.
//!
//! Nothing here performs I/O, reads a clock or draws a random number: those come in as arguments. Read in the order
//! in which a grant flows: [`entitlement`] (what may be asked for), [`request`] (what is asked), [`decide`] (the
//! verdict with its reasons), [`grant`] (the life cycle), [`plan`] (the edit of the policy), [`audit`] (the record).

pub mod approval;
pub mod audit;
pub mod binding;
pub mod blast_radius;
pub mod cel;
pub mod condition;
pub mod console_url;
pub mod constraint;
pub mod decide;
pub mod diagnostic;
pub mod duration;
pub mod email;
pub mod entitlement;
pub mod form;
pub mod grant;
mod iam_condition;
pub mod iam_policy;
pub mod ids;
pub mod import;
pub mod jit_access;
pub mod jit_eligibility;
pub mod justification;
pub mod keyring;
pub mod lint;
pub mod mutant;
pub mod nearest;
pub mod person;
pub mod plan;
pub mod principal;
pub mod reason;
pub mod rehearsal;
pub mod request;
pub mod resource;
pub mod retry;
pub mod role;
pub mod service_account;
pub mod state;
#[cfg(test)]
mod stopwatch;
pub mod token;
pub mod yaml;

mod error;

pub use error::Error;
pub use jiff::Timestamp;
