//! Telling the steps, and checking them.

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::output;
use crate::output::style::{BAD, GOOD, HEADING, OVER, paint};

/// How long a step may wait for what happens in the background.
const PATIENCE: Duration = Duration::from_secs(20);

/// The wait between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Counts the steps and prints them as they hold.
pub(super) struct Guide {
    began: Instant,
    steps: usize,
}

impl Guide {
    pub(super) fn begin(title: &str) -> Result<Self, Error> {
        output::print(&format!("{}\n", paint(HEADING, title)))?;
        Ok(Self {
            began: Instant::now(),
            steps: 0,
        })
    }

    /// A step that holds, with what was seen.
    pub(super) fn holds(&mut self, step: &str, seen: &str) -> Result<(), Error> {
        self.steps += 1;
        output::print(&format!("{} {:>2}. {step}", paint(GOOD, "✓"), self.steps))?;
        seen.lines()
            .try_for_each(|line| output::print(&paint(OVER, &format!("       {line}"))))
    }

    /// A step that must hold.
    pub(super) fn check(&mut self, step: &str, holds: bool, seen: &str) -> Result<(), Error> {
        if holds {
            return self.holds(step, seen);
        }
        output::print(&format!(
            "{} {:>2}. {step}",
            paint(BAD, "✗"),
            self.steps + 1
        ))?;
        Err(Error::Tour {
            step: step.to_owned(),
            seen: seen.to_owned(),
        })
    }

    pub(super) fn end(&self) -> Result<(), Error> {
        let seconds = self.began.elapsed().as_secs_f64();
        output::print(&format!(
            "\n{} {} steps, {seconds:.1} s\n",
            paint(GOOD, "All of it holds."),
            self.steps
        ))
    }
}

/// Looks again and again until there is something to see.
pub(super) async fn wait_for<T>(
    what: &str,
    mut look: impl AsyncFnMut() -> Result<Option<T>, Error>,
) -> Result<T, Error> {
    let began = Instant::now();
    loop {
        if let Some(seen) = look().await? {
            return Ok(seen);
        }
        if began.elapsed() > PATIENCE {
            return Err(Error::Tour {
                step: what.to_owned(),
                seen: format!("nothing in {} s", PATIENCE.as_secs()),
            });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
