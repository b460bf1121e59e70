//! Real tools, told about the proxy as a session tells them.

use std::path::Path;
use std::process::Output;

use tempfile::TempDir;
use tokio::process::Command;

use crate::world::{HOST, SECRET, TOKEN, World};

/// Runs a tool with nothing in its environment but the session's proxy.
async fn run(world: &World, folder: &Path, program: &str, arguments: &[&str]) -> Output {
    let authority = folder.join("authority.pem");
    std::fs::write(&authority, world.proxy.authority_pem()).unwrap();
    let proxy = format!("http://daypass:{SECRET}@{}", world.proxy.address());
    Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder)
        .env("HTTPS_PROXY", proxy)
        .env("CURL_CA_BUNDLE", &authority)
        .current_dir(folder)
        .output()
        .await
        .unwrap()
}

#[tokio::test]
async fn curl_gets_its_answer_in_both_protocols() {
    let world = World::start().await;
    let folder = TempDir::new().unwrap();
    for protocol in ["--http1.1", "--http2"] {
        let url = format!("https://{HOST}/storage/v1/b");
        let arguments = [
            "-sS",
            "--fail",
            protocol,
            "-H",
            "Authorization: Bearer own",
            &url,
        ];
        let output = run(&world, folder.path(), "curl", &arguments).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.stdout, b"hello", "{said}");
        let sent = world.upstream.last().header("authorization");
        assert_eq!(sent.unwrap(), format!("Bearer {TOKEN}"));
    }
    let output = run(
        &world,
        folder.path(),
        "curl",
        &["-sS", "https://example.com/"],
    )
    .await;
    assert_eq!(output.status.code(), Some(56));
}

#[tokio::test]
async fn curl_uploads_a_file_and_gets_it_whole() {
    let world = World::start().await;
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("file"), vec![7; 3_000_000]).unwrap();
    let url = format!("https://{HOST}/o");
    let arguments = ["-sS", "--fail", "-T", "file", &url];
    let output = run(&world, folder.path(), "curl", &arguments).await;
    assert_eq!(output.stdout, b"hello", "{output:?}");
    assert_eq!(world.upstream.last().body, 3_000_000);
}

/// OpenSSL meets exactly one name, for a short time, from an authority that may certify little else.
#[tokio::test]
async fn openssl_accepts_the_certificate_for_its_name_alone() {
    let world = World::start().await;
    let folder = TempDir::new().unwrap();
    let address = world.proxy.address().to_string();
    std::fs::write(folder.path().join("secret"), SECRET).unwrap();
    for (name, accepted) in [(HOST, true), ("compute.googleapis.com", false)] {
        let target = format!("{HOST}:443");
        let arguments = [
            "s_client",
            "-proxy",
            &address,
            "-proxy_user",
            "daypass",
            "-proxy_pass",
            "file:secret",
            "-connect",
            &target,
            "-servername",
            HOST,
            "-verify_hostname",
            name,
            "-verify_return_error",
            "-CAfile",
            "authority.pem",
            "-no-CApath",
            "-x509_strict",
            "-brief",
        ];
        let output = run(&world, folder.path(), "openssl", &arguments).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            said.contains("Verification: OK"),
            accepted,
            "{name}: {said}"
        );
    }
}
