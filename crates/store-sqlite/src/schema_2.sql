-- Whether a review of an emergency is owed. Grants of before have none.
ALTER TABLE grants ADD COLUMN review_owed INTEGER NOT NULL DEFAULT 0 CHECK (review_owed IN (0, 1));
CREATE INDEX grants_review_owed ON grants (id, entitlement, state) WHERE review_owed = 1;

-- All grants by age, with what a listing over many entitlements filters by.
CREATE INDEX grants_in_order ON grants (id, entitlement, state);

-- Texts that outlive the process, the last of each name.
CREATE TABLE kept (
    name TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
