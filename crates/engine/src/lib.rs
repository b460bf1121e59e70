//! What Daypass does: the use cases around the pure core, and the ports that adapters fill.
//!
//! A verb of a person ([`Engine`]'s methods, one file each under `verbs`) decides, records and wakes a reconciler; it
//! never talks to Google. The reconcilers (under [`reconcile`]) take no input, run by clock and by signal, and their
//! next run is their retry.

pub mod error;
pub mod ports;

pub use error::Error;
