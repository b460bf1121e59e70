//! A few counters, in Prometheus' text format.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use daypass_engine::Degraded;
use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::app::App;

/// What is counted since the start.
#[derive(Default)]
pub(crate) struct Metrics {
    /// Answers by the first digit of their status.
    answers: [AtomicU64; 6],
    sign_ins: AtomicU64,
}

impl Metrics {
    pub(crate) fn answered(&self, status: StatusCode) {
        if let Some(counter) = self.answers.get(usize::from(status.as_u16() / 100)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn signed_in(&self) {
        self.sign_ins.fetch_add(1, Ordering::Relaxed);
    }

    fn render(&self, entitlements: usize, degraded: &[Degraded]) -> String {
        let mut text = String::from(
            "# HELP daypass_http_responses_total Answers by class of status.\n# TYPE daypass_http_responses_total counter\n",
        );
        for (class, counter) in self.answers.iter().enumerate().skip(2) {
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "daypass_http_responses_total{{class=\"{class}xx\"}} {}",
                counter.load(Ordering::Relaxed)
            );
        }
        let _ = write!(
            text,
            "# HELP daypass_sign_ins_total People who signed in.\n# TYPE daypass_sign_ins_total counter\ndaypass_sign_ins_total {}\n\
             # HELP daypass_entitlements Entitlements in force.\n# TYPE daypass_entitlements gauge\ndaypass_entitlements {entitlements}\n",
            self.sign_ins.load(Ordering::Relaxed),
        );
        text.push_str("# HELP daypass_degraded What does not work as it should, since when (Unix time): refused entitlement files, groups or scopes that cannot be read.\n# TYPE daypass_degraded gauge\n");
        for one in degraded {
            // Names are of our own making: neither quotes nor line breaks. Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "daypass_degraded{{name=\"{}\"}} {}",
                one.name,
                one.since.as_second()
            );
        }
        text
    }
}

/// `GET /metrics`.
pub(crate) async fn metrics(
    State(app): State<App>,
) -> ([(http::HeaderName, &'static str); 1], String) {
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        app.metrics
            .render(app.engine.catalogue().len(), &app.engine.degraded()),
    )
}
