//! The commands that need no server: settings, default accounts, plugins, and ephemeral-iam's lines.
#![expect(clippy::unwrap_used, reason = "tests")]

mod eiam;
mod home;
mod https;
mod plugins;
mod settings;
