//! What people do, one file a verb. Each decides, records, and wakes the reconcilers.

mod approve;
mod audit;
mod end;
mod entitlements;
mod explain;
mod extend;
mod request;
pub(crate) mod sessions;
mod show;
