//! Google's Rust crates as a program of a session: says which project it was shown.
//!
//! The first argument tells where its credentials are from: `file` is what `GOOGLE_APPLICATION_CREDENTIALS` names,
//! `metadata` the metadata server, and `none` leaves it to a proxy. The second is the address of Resource Manager.

use std::error::Error;

use google_cloud_auth::credentials::{Builder, Credentials, anonymous, mds};
use google_cloud_resourcemanager_v3::client::Projects;

#[expect(clippy::print_stdout, reason = "the answer of this program")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(source), Some(address)) = (arguments.next(), arguments.next()) else {
        return Err("it takes a source of credentials and an address".into());
    };
    let client = Projects::builder()
        .with_endpoint(address)
        .with_credentials(credentials(&source)?)
        .build()
        .await?;
    let project = client
        .get_project()
        .set_name("projects/acme-prod")
        .send()
        .await?;
    println!("{}", project.project_id);
    Ok(())
}

fn credentials(source: &str) -> Result<Credentials, Box<dyn Error>> {
    Ok(match source {
        "file" => Builder::default().build()?,
        "metadata" => mds::Builder::default().build()?,
        "none" => anonymous::Builder::new().build(),
        other => return Err(format!("unknown source of credentials: {other}").into()),
    })
}
