//! Moving in: entitlements from what other systems keep.
//!
//! A source is read whole, and everything in it ends in one of two places: in an entitlement, or in a [`Note`] that
//! says where it stood and why it was left. The rule behind every choice: what comes out does not give more than what
//! went in. A restriction that cannot be written in our format costs the entitlement, not the restriction; where
//! something comes out wider all the same, a note says that it has changed.
//!
//! Nothing is written that does not load: each entitlement goes through [`crate::entitlement::load`] first.

mod draft;
pub mod jit_access;
pub mod jit_groups;
pub mod pam;
mod privileges;
mod report;
mod settings;
mod slug;
mod yaml;

pub use draft::{
    Draft, DraftApproval, DraftConstraint, DraftDuration, DraftInput, DraftJustification,
    DraftPrivilege, DraftStep, DraftSteps,
};
pub use report::{Imported, Note, Place, Weight};
