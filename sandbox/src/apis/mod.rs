//! The emulated APIs, one file a service, and the table of all their routes.

mod bigquery;
mod cloud_identity;
mod compute;
mod container;
mod credentials;
mod filter;
mod logging;
mod multipart;
pub(crate) mod object_media;
mod object_rules;
mod object_uploads;
mod objects;
mod paging;
mod policies;
mod pubsub;
mod resource_manager;
mod resource_manager_views;
mod roles;
mod secret_manager;
mod service_accounts;
mod signatures;
mod sql;
mod storage;
pub(crate) mod sts;
mod testable_permissions;

pub(crate) use container::VERSION as CLUSTER_VERSION;

use crate::http::routes::Route;

/// Every route of every API, tried in order.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    [
        resource_manager::ROUTES,
        storage::ROUTES,
        objects::ROUTES,
        object_uploads::ROUTES,
        service_accounts::ROUTES,
        pubsub::ROUTES,
        compute::ROUTES,
        container::ROUTES,
        sql::ROUTES,
        bigquery::ROUTES,
        secret_manager::ROUTES,
        roles::ROUTES,
        testable_permissions::ROUTES,
        credentials::ROUTES,
        signatures::ROUTES,
        sts::ROUTES,
        logging::ROUTES,
        cloud_identity::ROUTES,
        crate::openid::ROUTES,
    ]
    .into_iter()
    .flatten()
}
