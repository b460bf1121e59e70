//! A server that gives Alice the account, for sessions that stand on a grant.

use std::path::PathBuf;

use daypass_tests::crash::{Program, Server, Site};

use crate::ground::{DEPLOYER, add};

/// The server, with a sandbox of its own.
pub(super) struct Brokered {
    server: Server,
    id_token: PathBuf,
    _site: Site,
}

impl Brokered {
    pub(super) async fn start() -> Self {
        let program = Program::plain();
        let site = Site::start(&program).await;
        add(
            &site.cloud(),
            &format!("projects/acme-prod/serviceAccounts/{DEPLOYER}"),
            "roles/iam.serviceAccountTokenCreator",
            "serviceAccount:daypass@acme-access.iam.gserviceaccount.com",
        );
        let id_token = site.folder().join("id-token-of-alice");
        std::fs::write(&id_token, site.id_token("alice@example.com")).unwrap();
        Self {
            server: Server::start(&program, &site).await,
            id_token,
            _site: site,
        }
    }

    /// The flags that lead to it.
    pub(super) fn flags(&self) -> [String; 4] {
        [
            "--server".to_owned(),
            self.server.url().to_owned(),
            "--id-token-file".to_owned(),
            self.id_token.display().to_string(),
        ]
    }
}
