//! What the figures of several runs say: medians of what was compared within each run.

use std::fmt::Write as _;
use std::time::Duration;

use super::figures::Figures;

const MEBIBYTE: f64 = 1_048_576.0;

/// One run of one way, in one line.
pub fn line(figures: Figures) -> String {
    let mut parts = Vec::new();
    if let Some((median, p99)) = figures.latency {
        let (median, p99) = (milliseconds(median), milliseconds(p99));
        parts.push(format!("median {median:.3} ms, p99 {p99:.3} ms"));
    }
    if let Some(rate) = figures.rate {
        parts.push(format!("{rate:.0} requests/s"));
    }
    if let Some(throughput) = figures.throughput {
        parts.push(format!("{:.0} MiB/s", throughput / MEBIBYTE));
    }
    if let Some(over_link) = figures.over_link {
        parts.push(format!("{:.0} MiB/s over a network", over_link / MEBIBYTE));
    }
    for (computed, of) in [(figures.computed.0, "request"), (figures.computed.1, "MiB")] {
        if let Some(computed) = computed {
            let computed = milliseconds(computed) * 1_000.0;
            parts.push(format!("computes {computed:.0} us a {of}"));
        }
    }
    if let Some((before, most)) = figures.memory {
        parts.push(format!("{before} KiB before, {most} KiB at most"));
    }
    parts.join(", ")
}

/// What one way is beside another, run by run: `name beside that: …`.
pub fn beside(name: &str, these: &[Figures], that: &str, those: &[Figures]) -> String {
    let mut text = format!("{name} beside {that}:");
    let mut say = |what: &str, found: Option<Middle>, unit: &str| {
        if let Some(Middle { value, least, most }) = found {
            // A text takes whatever is written to it.
            let _ = write!(text, " {what} {value:.3}{unit} ({least:.3} to {most:.3});");
        }
    };
    let pairs = || these.iter().zip(those);
    let added = pairs().filter_map(|(this, that)| {
        Some(milliseconds(this.latency?.0) - milliseconds(that.latency?.0))
    });
    say("median latency +", Middle::of(added), " ms");
    let rates = pairs().filter_map(|(this, that)| Some(this.rate? / that.rate?));
    say("requests a second times", Middle::of(rates), "");
    let streams = pairs().filter_map(|(this, that)| Some(this.throughput? / that.throughput?));
    say("stream times", Middle::of(streams), "");
    let streams = pairs().filter_map(|(this, that)| Some(this.over_link? / that.over_link?));
    say("stream over a network times", Middle::of(streams), "");
    let computed = pairs().filter_map(|(this, that)| {
        Some(this.computed.0?.as_secs_f64() / that.computed.0?.as_secs_f64())
    });
    say("computing of a request times", Middle::of(computed), "");
    text.trim_end_matches(';').to_owned()
}

/// How much memory the proxy took for the streams, at most: beyond what it had before, and all.
pub fn memory(figures: &[Figures]) -> Option<String> {
    let memory = || figures.iter().filter_map(|figures| figures.memory);
    let grown = memory()
        .map(|(before, most)| most.saturating_sub(before))
        .max()?;
    let most = memory().map(|(_, most)| most).max()?;
    Some(format!(
        "at most {grown} KiB more than before, {most} KiB in all"
    ))
}

/// The middle one of some figures, and the outermost.
struct Middle {
    value: f64,
    least: f64,
    most: f64,
}

impl Middle {
    fn of(figures: impl Iterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.collect();
        figures.sort_by(f64::total_cmp);
        Some(Self {
            value: *figures.get(figures.len() / 2)?,
            least: *figures.first()?,
            most: *figures.last()?,
        })
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
