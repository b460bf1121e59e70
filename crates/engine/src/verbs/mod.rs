//! What people do, one file a verb. Each decides, records, and wakes the reconcilers.

mod again;
mod approve;
mod audit;
mod blast_radius;
mod end;
mod entitlements;
mod explain;
mod extend;
mod live;
pub(crate) mod reload;
mod request;
mod review;
pub(crate) mod sessions;
mod show;
pub(crate) mod token;
