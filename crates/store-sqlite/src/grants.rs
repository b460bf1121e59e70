//! Writing grants, and what the queries need beside them.

use std::collections::BTreeMap;

use daypass_core::grant::Grant;
use daypass_core::state::State;
use daypass_engine::ports::{Change, IdempotencyKey, StoreError};
use sqlx::SqliteConnection;

use crate::error::store_error;
use crate::{instant, rows};

/// Writes the grant of a change, if the stored one is what the change was made from.
pub(crate) async fn write(
    connection: &mut SqliteConnection,
    change: &Change,
) -> Result<(), StoreError> {
    let Some(grant) = &change.grant else {
        return match change.idempotency {
            Some(_) => Err(StoreError::Malformed(
                "an idempotency key without a grant".to_owned(),
            )),
            None => Ok(()),
        };
    };
    let id = grant.id.to_string();
    write_row(connection, &id, grant, change.is_new).await?;
    write_people(connection, &id, grant, change.is_new).await?;
    write_resources(connection, &id, grant).await?;
    match &change.idempotency {
        Some(key) => write_key(connection, &id, key).await,
        None => Ok(()),
    }
}

async fn write_row(
    connection: &mut SqliteConnection,
    id: &str,
    grant: &Grant,
    is_new: bool,
) -> Result<(), StoreError> {
    let stored = Grant {
        revision: grant.revision + 1,
        ..grant.clone()
    };
    let document =
        serde_json::to_string(&stored).map_err(|error| StoreError::Malformed(error.to_string()))?;
    let statement = if is_new {
        "INSERT INTO grants (state, entitlement, beneficiary, due_at, review_owed, document, revision, id) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    } else {
        "UPDATE grants SET state = ?, entitlement = ?, beneficiary = ?, due_at = ?, review_owed = ?, document = ?, \
         revision = ? WHERE id = ? AND revision = ?"
    };
    let query = sqlx::query(statement)
        .bind(grant.state.as_str())
        .bind(grant.terms.entitlement.as_str())
        .bind(grant.terms.beneficiary.to_string())
        .bind(grant.due_at().map(instant::to_text))
        .bind(grant.owes_review())
        .bind(document)
        .bind(rows::signed(stored.revision)?)
        .bind(id);
    let query = if is_new {
        query
    } else {
        query.bind(rows::signed(grant.revision)?)
    };
    let written = query
        .execute(connection)
        .await
        .map_err(store_error)?
        .rows_affected();
    if written == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}

/// A grant decided anew may have other people and privileges: all rows are written again.
async fn write_people(
    connection: &mut SqliteConnection,
    id: &str,
    grant: &Grant,
    is_new: bool,
) -> Result<(), StoreError> {
    if !is_new {
        clear(
            connection,
            "DELETE FROM grant_people WHERE grant_id = ?",
            id,
        )
        .await?;
    }
    let requester = &grant.terms.requester.email;
    let beneficiary = grant
        .terms
        .beneficiary
        .email()
        .filter(|email| *email != requester);
    for person in [Some(requester), beneficiary].into_iter().flatten() {
        sqlx::query("INSERT INTO grant_people (person, grant_id) VALUES (?, ?)")
            .bind(person.as_str())
            .bind(id)
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
    }
    Ok(())
}

#[derive(Debug, Default, Clone, Copy)]
struct Touch {
    open: bool,
    bound: bool,
}

async fn write_resources(
    connection: &mut SqliteConnection,
    id: &str,
    grant: &Grant,
) -> Result<(), StoreError> {
    clear(
        connection,
        "DELETE FROM grant_resources WHERE grant_id = ?",
        id,
    )
    .await?;
    let mut touched: BTreeMap<&str, Touch> = BTreeMap::new();
    for privilege in &grant.terms.privileges {
        touched.entry(privilege.resource.as_str()).or_default();
        touched.entry(privilege.target.as_str()).or_default();
    }
    for binding in &grant.bindings {
        touched.entry(binding.resource.as_str()).or_default().bound = true;
    }
    for binding in grant.open_bindings() {
        touched.entry(binding.resource.as_str()).or_default().open = true;
    }
    for (resource, touch) in touched {
        sqlx::query(
            "INSERT INTO grant_resources (resource, grant_id, open, active) VALUES (?, ?, ?, ?)",
        )
        .bind(resource)
        .bind(id)
        .bind(touch.open)
        .bind(touch.bound && grant.state == State::Active)
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
    }
    Ok(())
}

async fn write_key(
    connection: &mut SqliteConnection,
    id: &str,
    key: &IdempotencyKey,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO idempotency_keys (person, key, request, grant_id) VALUES (?, ?, ?, ?)")
        .bind(key.person.as_str())
        .bind(&key.key)
        .bind(key.request.as_slice())
        .bind(id)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(store_error)
}

async fn clear(
    connection: &mut SqliteConnection,
    statement: &'static str,
    id: &str,
) -> Result<(), StoreError> {
    sqlx::query(statement)
        .bind(id)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(store_error)
}
