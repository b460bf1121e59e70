//! A server that gives Alice the account, for sessions that stand on a grant.
//!
//! It has two ways to it, `deployer-open` and `deployer-approved`, for which Carol must agree.

use std::path::PathBuf;

use daypass_tests::crash::{Person, Program, Server, Site};

use crate::ground::{DEPLOYER, add};

/// The server, with a sandbox of its own.
pub(crate) struct Brokered {
    server: Server,
    id_token: PathBuf,
    site: Site,
}

impl Brokered {
    pub(crate) async fn start() -> Self {
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
            site,
        }
    }

    /// The flags that lead to it.
    pub(crate) fn flags(&self) -> [String; 4] {
        [
            "--server".to_owned(),
            self.server.url().to_owned(),
            "--id-token-file".to_owned(),
            self.id_token.display().to_string(),
        ]
    }

    /// Agrees to a request.
    pub(crate) async fn approve(&self, grant: &str) {
        let carol = Person::at(self.server.url(), &self.site.cloud(), "carol");
        carol.decide(grant, "approve").await.unwrap();
    }

    /// How many tokens were minted.
    pub(crate) fn minted(&self) -> usize {
        let requests = self.site.cloud().requests(0).into_iter();
        requests
            .filter(|request| request.operation == "generateAccessToken")
            .count()
    }
}
