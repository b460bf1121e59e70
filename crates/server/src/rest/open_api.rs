//! The description of the API, OpenAPI 3.1.

use axum::Json;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{audit, decisions, entitlements, grants, identity, sessions, tokens};

#[derive(OpenApi)]
#[openapi(
    info(title = "Daypass", description = "Privileges with a lifetime on Google Cloud. Errors are RFC 9457 problem documents; lists page with opaque cursors."),
    paths(
        entitlements::list, entitlements::show,
        grants::create, grants::explain, grants::list, grants::show,
        decisions::approve, decisions::deny, decisions::withdraw, decisions::extend, decisions::revoke, decisions::review,
        tokens::mint,
        audit::entries, identity::me, sessions::open, sessions::close, openapi_route,
    ),
    security(("bearer" = []), ("cookie" = [])),
    modifiers(&Schemes),
)]
struct Description;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A session's token from POST /api/v1/sessions, or a machine's ID token",
            ))
            .build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let cookie = ApiKeyValue::with_description(
            "__Host-daypass",
            "A browser's session; the name may end in the port",
        );
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// The description of the API.
pub fn openapi() -> Document {
    Description::openapi()
}

/// This description.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "description", operation_id = "getDescription", security(()), responses((status = 200, description = "OpenAPI 3.1")))]
pub(crate) async fn openapi_route() -> Json<Document> {
    Json(openapi())
}

pub(crate) use openapi_route as document;
