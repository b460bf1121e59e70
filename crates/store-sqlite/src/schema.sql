-- Instants are text in UTC with nine decimals, so that their order as text is their order in time.
-- Grant ids are text whose order is the order of creation.

-- The document is the grant, whole. The other columns repeat what the queries need; the store writes them with it.
CREATE TABLE grants (
    id          TEXT    NOT NULL PRIMARY KEY,
    revision    INTEGER NOT NULL CHECK (revision > 0),
    state       TEXT    NOT NULL,
    entitlement TEXT    NOT NULL,
    beneficiary TEXT    NOT NULL,
    due_at      TEXT,
    document    TEXT    NOT NULL
) STRICT;

-- Each index carries what its queries filter by, so that only grants on the page are read.
CREATE INDEX grants_by_state ON grants (state, id, entitlement);
CREATE INDEX grants_by_entitlement ON grants (entitlement, id, state);
CREATE INDEX grants_by_beneficiary ON grants (beneficiary, id, state);
CREATE INDEX grants_by_due ON grants (due_at, id) WHERE due_at IS NOT NULL;

-- Who asked for a grant or receives it.
CREATE TABLE grant_people (
    person   TEXT NOT NULL,
    grant_id TEXT NOT NULL REFERENCES grants (id),
    PRIMARY KEY (person, grant_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX grant_people_by_grant ON grant_people (grant_id);

-- The resources that a grant touches: those its privileges name, and those whose policies hold its bindings.
CREATE TABLE grant_resources (
    resource TEXT    NOT NULL,
    grant_id TEXT    NOT NULL REFERENCES grants (id),
    -- Whether the policy may differ from what the grant wants.
    open     INTEGER NOT NULL CHECK (open IN (0, 1)),
    -- Whether the grant is ACTIVE and has a binding here.
    active   INTEGER NOT NULL CHECK (active IN (0, 1)),
    PRIMARY KEY (resource, grant_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX grant_resources_by_grant ON grant_resources (grant_id);
CREATE INDEX grant_resources_open ON grant_resources (resource, grant_id) WHERE open = 1;
CREATE INDEX grant_resources_active ON grant_resources (resource, grant_id) WHERE active = 1;

CREATE TABLE idempotency_keys (
    person   TEXT NOT NULL,
    key      TEXT NOT NULL,
    request  BLOB NOT NULL CHECK (length(request) = 32),
    grant_id TEXT NOT NULL REFERENCES grants (id),
    PRIMARY KEY (person, key)
) STRICT, WITHOUT ROWID;

-- The audit trail. The entry is the canonical bytes that the chain covers.
CREATE TABLE audit (
    sequence INTEGER NOT NULL PRIMARY KEY,
    grant_id TEXT,
    entry    TEXT NOT NULL,
    chain    BLOB NOT NULL CHECK (length(chain) = 32)
) STRICT;
CREATE INDEX audit_by_grant ON audit (grant_id, sequence) WHERE grant_id IS NOT NULL;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- Without this, INSERT OR REPLACE would pass by the two above.
CREATE TRIGGER audit_has_no_gap BEFORE INSERT ON audit
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit trail has no gaps'); END;

CREATE TABLE sessions (
    token      BLOB NOT NULL PRIMARY KEY CHECK (length(token) = 32),
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    email      TEXT NOT NULL,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('browser', 'terminal')),
    created_at TEXT NOT NULL,
    used_at    TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- One row that is written to see whether writing works.
CREATE TABLE probe (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    writes INTEGER NOT NULL
) STRICT;
INSERT INTO probe (id, writes) VALUES (1, 0);
