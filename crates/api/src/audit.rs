use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One entry of the audit trail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Its number, without a gap.
    pub sequence: u64,
    /// When.
    pub at: String,
    /// Who: an address, or `daypass`.
    pub actor: String,
    /// Where: `web`, `cli`, `api`, `slack`, `scheduler` or `system`.
    pub channel: String,
    /// What.
    pub action: String,
    /// The grant concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// The particulars.
    pub detail: serde_json::Value,
    /// The hash of the chain after this entry.
    pub chain: String,
}

/// A page of audit entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntries {
    /// The entries, in order.
    pub entries: Vec<AuditEntry>,
    /// Pass it as `cursor` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
