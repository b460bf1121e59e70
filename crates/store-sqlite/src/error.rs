//! SQLite's errors, sorted by what the engine can do about them.

use daypass_engine::ports::StoreError;

/// Primary result codes (<https://sqlite.org/rescode.html>); the low byte of an extended code.
const CORRUPT: i64 = 11;
const FULL: i64 = 13;
const NOT_A_DATABASE: i64 = 26;

/// The store's error for one of SQLite's.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    let sqlx::Error::Database(database) = &error else {
        return match error {
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::ColumnNotFound(_) => StoreError::Malformed(error.to_string()),
            other => StoreError::Unavailable(Some(Box::new(other))),
        };
    };
    if database.is_unique_violation() {
        return StoreError::Conflict;
    }
    match primary_code(database.code().as_deref()) {
        Some(FULL) => StoreError::Full(Some(Box::new(error))),
        Some(CORRUPT | NOT_A_DATABASE) => StoreError::Malformed(database.message().to_owned()),
        _ => StoreError::Unavailable(Some(Box::new(error))),
    }
}

fn primary_code(extended: Option<&str>) -> Option<i64> {
    extended
        .and_then(|code| code.parse::<i64>().ok())
        .map(|code| code & 0xff)
}

/// The same, for the file system.
pub(crate) fn file_error(error: std::io::Error) -> StoreError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        StoreError::Full(Some(Box::new(error)))
    } else {
        StoreError::Unavailable(Some(Box::new(error)))
    }
}

/// The same error once more, for each caller that shared a transaction.
pub(crate) fn share(error: &StoreError) -> StoreError {
    let cause = |source: &Option<Box<dyn std::error::Error + Send + Sync>>| {
        source.as_ref().map(|source| Box::from(source.to_string()))
    };
    match error {
        StoreError::Conflict => StoreError::Conflict,
        StoreError::Full(source) => StoreError::Full(cause(source)),
        StoreError::InUse => StoreError::InUse,
        StoreError::Unavailable(source) => StoreError::Unavailable(cause(source)),
        StoreError::Malformed(text) => StoreError::Malformed(text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_codes_are_sorted_by_their_primary_code() {
        // SQLITE_IOERR_WRITE is 778 = 10 | 3 << 8, SQLITE_CORRUPT_INDEX 779 = 11 | 3 << 8.
        assert_eq!(primary_code(Some("778")), Some(10));
        assert_eq!(primary_code(Some("779")), Some(CORRUPT));
        assert_eq!(primary_code(None), None);
    }

    #[test]
    fn a_full_disk_is_told_apart_from_other_failures() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert!(matches!(file_error(full), StoreError::Full(Some(_))));
        let refused = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        assert!(matches!(
            share(&file_error(refused)),
            StoreError::Unavailable(Some(_))
        ));
    }
}
