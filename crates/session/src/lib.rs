//! Privileged sessions: for as long as one lasts, the programs inside it act as a service account, and nothing outside
//! of it changes.
//!
//! Whoever may mint tokens hands in the engine's `Tokens` port: a person's own credentials, or a Daypass server. What
//! is here gives the tokens to programs: by environment variables and private files, by a metadata server, or by a
//! proxy that adds them to requests; and takes everything away when the session ends.
