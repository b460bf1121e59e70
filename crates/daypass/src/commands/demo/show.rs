//! What the demo says when it is up.

use std::fmt::Write as _;

use super::World;
use super::organisation::{DEPLOYER, PEOPLE};
use crate::output::style::{HEADING, HINT};

/// Addresses, people, and four things to try.
pub(super) fn welcome(world: &World) -> String {
    let server = world.server_url();
    let mut people = String::new();
    for (email, part) in PEOPLE {
        // Writing to a String cannot fail.
        let _ = writeln!(people, "  {email:<22} {part}");
    }
    format!(
        "{HEADING}Daypass is up{HEADING:#}, on a sandbox cloud. Nothing leaves this machine; Ctrl-C ends both.

  Daypass        {server}
  Sandbox cloud  {sandbox}
  Its files      {files}

{HEADING}People you can be{HEADING:#}
{people}
{HEADING}Four things to try{HEADING:#}, in another terminal ({HINT}daypass{HINT:#} is target/release/daypass, or the one on your PATH)

  1. Ask for something, and approve it as somebody else:
       daypass login --server {server} --as alice@example.com
       daypass request prod-storage --for 30m --reason 'INC-1 disk full' --yes
       daypass login --server {server} --as carol@example.com
       daypass status --inbox
       daypass approve GRANT -m 'go ahead'

  2. See the binding in the cloud, with the real gcloud if you have it:
       eval \"$(daypass sandbox env --at {sandbox} --as olivia@example.com)\"
       gcloud projects get-iam-policy acme-prod

  3. Act as a service account in a shell of its own; nothing outside of it changes:
       daypass login --server {server} --as alice@example.com
       eval \"$(daypass sandbox env --at {sandbox} --as alice@example.com)\"
       daypass assume -s {DEPLOYER} -R 'the new release'
       gcloud storage ls gs://logs-acme-prod

  4. Look at it in the browser: {server}
     The payments database needs two people, a customer's files ask for more than a reason,
     and breaking the glass in production owes a review, which erin gives.
",
        sandbox = world.sandbox_url(),
        files = world.folder().display(),
    )
}
