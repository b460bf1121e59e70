use std::collections::VecDeque;

/// How many measurements count. One that is far off, from a proxy's cached answer or a long pause of the process,
/// is outvoted.
const SAMPLES: usize = 3;

/// The median of the last measurements.
#[derive(Debug)]
pub(super) struct Calibration<T>(VecDeque<T>);

impl<T: Ord + Copy> Calibration<T> {
    pub(super) const fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(super) fn add(&mut self, sample: T) {
        if self.0.len() == SAMPLES {
            self.0.pop_front();
        }
        self.0.push_back(sample);
    }

    /// None before the first measurement; of two, the lower.
    pub(super) fn median(&self) -> Option<T> {
        let mut sorted: Vec<T> = self.0.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len().checked_sub(1)? / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_the_last_three() {
        let mut calibration = Calibration::new();
        assert_eq!(calibration.median(), None);
        for (sample, median) in [(5, 5), (9, 5), (1, 5), (100, 9), (100, 100)] {
            calibration.add(sample);
            assert_eq!(calibration.median(), Some(median), "after {sample}");
        }
    }
}
