//! The audit trail.

use axum::Json;
use axum::extract::{RawQuery, State};
use daypass_api::{AuditEntries, Problem};
use daypass_engine::ports::AuditFilter;

use super::grants::grant_id;
use super::render;
use crate::app::App;
use crate::auth::Caller;
use crate::failure::Failure;
use crate::params::Params;

/// Lists audit entries in order: those of one grant that the caller may see, or all for auditors.
#[utoipa::path(
    get, path = "/api/v1/audit/entries", tag = "audit", operation_id = "listAuditEntries",
    params(
        ("grant" = Option<String>, Query, description = "Only those of this grant"),
        ("cursor" = Option<String>, Query, description = "From the page before"),
        ("limit" = Option<usize>, Query, description = "Entries of a page: 1 to 200, by default 50"),
    ),
    responses((status = 200, body = AuditEntries), (status = "4XX", body = Problem, content_type = "application/problem+json")),
)]
pub(crate) async fn entries(
    State(app): State<App>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<AuditEntries>, Failure> {
    let params = Params::parse(query.as_deref(), &["grant", "cursor", "limit"])?;
    let grant = params.one("grant")?.map(grant_id).transpose()?;
    let limit = params.limit()?;
    let list = format!("audit {} {grant:?}", caller.person().email);
    let after = match params.one("cursor")? {
        Some(cursor) => app
            .cursor_key
            .open(&list, cursor)?
            .parse()
            .map_err(|_| Failure::invalid("the cursor cannot be read"))?,
        None => 0,
    };
    // One more than asked for tells whether there is a next page.
    let mut recorded = app
        .engine
        .audit_entries(
            caller.person(),
            &AuditFilter {
                after,
                grant,
                limit: limit + 1,
            },
        )
        .await?;
    let is_last = recorded.len() <= limit;
    recorded.truncate(limit);
    let next = recorded
        .last()
        .filter(|_| !is_last)
        .map(|last| app.cursor_key.seal(&list, &last.sequence.to_string()));
    Ok(Json(AuditEntries {
        entries: recorded.iter().map(render::audit_entry).collect(),
        next,
    }))
}
