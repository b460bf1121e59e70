//! A disk that fails, a database in use, Google out of reach: clear errors, and nothing granted that is not
//! recorded.

#![expect(clippy::unwrap_used, reason = "tests")]

mod faults {
    mod disk;
    mod google;
    mod injected;
    mod second_server;
}
