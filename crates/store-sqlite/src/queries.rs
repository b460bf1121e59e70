//! The questions with a fixed text. A test reads SQLite's plan of each: none may walk all grants.

pub(crate) const GRANT: &str = "SELECT document FROM grants WHERE id = ?";

pub(crate) const DUE: &str =
    "SELECT document FROM grants WHERE due_at <= ? ORDER BY due_at, id LIMIT ?";

pub(crate) const IN_STATE: &str = "SELECT document FROM grants WHERE state = ? ORDER BY id LIMIT ?";

pub(crate) const OPEN_RESOURCES: &str =
    "SELECT DISTINCT resource FROM grant_resources WHERE open = 1 ORDER BY resource";

pub(crate) const OPEN_ON: &str = "SELECT g.document FROM grant_resources AS r CROSS JOIN grants AS g ON g.id = r.grant_id \
     WHERE r.resource = ? AND r.open = 1 ORDER BY r.grant_id LIMIT ?";

pub(crate) const ACTIVE_ON: &str = "SELECT g.document FROM grant_resources AS r CROSS JOIN grants AS g ON g.id = r.grant_id \
     WHERE r.resource = ? AND r.active = 1 ORDER BY r.grant_id";

pub(crate) const ACTIVE_RESOURCES: &str =
    "SELECT DISTINCT resource FROM grant_resources WHERE active = 1 ORDER BY resource";

pub(crate) const AUDIT: &str =
    "SELECT sequence, entry, chain FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?";

pub(crate) const AUDIT_OF_GRANT: &str = "SELECT sequence, entry, chain FROM audit WHERE sequence > ? AND grant_id = ? ORDER BY sequence LIMIT ?";

pub(crate) const IDEMPOTENT: &str =
    "SELECT request, grant_id FROM idempotency_keys WHERE person = ? AND key = ?";

pub(crate) const KEPT: &str = "SELECT text FROM kept WHERE name = ?";

pub(crate) const SESSION: &str = "SELECT token, issuer, subject, email, name, kind, created_at, used_at, expires_at FROM sessions WHERE token = ?";
