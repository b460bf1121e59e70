//! A session in the terminal: the program itself, run as alice would run it.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use super::guide::Guide;
use super::steps::state;
use crate::client::Client;
use crate::commands::demo::World;
use crate::commands::demo::organisation::DEPLOYER;
use crate::error::Error;

/// One command acts as the deployer, by a token that the server mints and Google records with the grant.
pub(super) async fn as_the_deployer(
    guide: &mut Guide,
    world: &World,
    alice: &Client,
) -> Result<(), Error> {
    let home = world.folder().join("alice");
    std::fs::create_dir(&home)?;
    let program = std::env::current_exe()?;
    let server = world.server_url();
    run(
        &program,
        &home,
        &["login", "--server", &server, "--as", "alice@example.com"],
    )
    .await?;
    let inside = program.display().to_string();
    let told = run(
        &program,
        &home,
        &[
            "assume",
            "-s",
            DEPLOYER,
            "-R",
            "the new release",
            "--",
            &inside,
            "credentials",
            "--format",
            "json",
        ],
    )
    .await?;
    let credentials: Value = serde_json::from_str(&told).unwrap_or_default();
    let account = credentials["service_account"].as_str().unwrap_or_default();
    let own = alice.grants("mine", 50).await?;
    let grant = own
        .into_iter()
        .find(|grant| grant.entitlement == "prod-deploy")
        .map(|grant| grant.id)
        .unwrap_or_default();
    let mints = world.cloud().requests(0).into_iter();
    let reason = mints
        .filter(|request| request.operation == "generateAccessToken")
        .find_map(|request| request.reason)
        .unwrap_or_default();
    guide.check(
        "alice opens a session: what runs inside acts as the deployer, for ten minutes at most",
        account == DEPLOYER && reason == format!("daypass {grant}: the new release"),
        &format!("the server mints the token; Google's audit log has: {reason}"),
    )?;
    let sessions = std::fs::read_dir(home.join(".local/state/daypass/run/sessions"))?;
    let left = sessions.count();
    alice
        .decide(&grant, "revoke", &daypass_api::Decide::default())
        .await?;
    state(alice, &grant, "REVOKED").await?;
    guide.check(
        "the session is over with its command, and nothing is left of it",
        left == 0,
        &format!("{left} folders of sessions"),
    )
}

async fn run(program: &Path, home: &Path, arguments: &[&str]) -> Result<String, Error> {
    let done = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .stdin(Stdio::null())
        .output()
        .await?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    Err(Error::Tour {
        step: arguments.join(" "),
        seen: String::from_utf8_lossy(&done.stderr).into_owned(),
    })
}
