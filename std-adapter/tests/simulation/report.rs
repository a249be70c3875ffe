//! The report of a simulated scene.

use std::collections::BTreeSet;
use std::fmt;

use crate::{END, Imds, Outcome, Scene, Tally};

/// The outcome of a scene.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) scene: Scene,
    pub(crate) tally: Tally,
    /// Of all processes at once.
    pub(crate) first: usize,
    pub(crate) fetches: usize,
    pub(crate) failed: usize,
    /// The most fetches in a second, in ten and in five minutes, after the start.
    pub(crate) peaks: [usize; 3],
    /// The number of the service's credentials that were used.
    pub(crate) renewals: usize,
    pub(crate) generations: u64,
}

/// Counts what happened in a scene.
pub(crate) fn report(scene: Scene, tally: Tally, imds: &Imds) -> Report {
    let all = || imds.outcomes.values().flatten();
    let generations = imds.current(END);
    let later: Vec<_> = imds.outcomes.range(10..).map(|(at, all)| (*at, all.len())).collect();
    let within = |seconds: u64| {
        let (mut sum, mut oldest, mut most) = (0, 0, 0);
        for (at, count) in &later {
            sum += count;
            while later[oldest].0 + seconds <= *at {
                sum -= later[oldest].1;
                oldest += 1;
            }
            most = most.max(sum);
        }
        most
    };
    let gave: BTreeSet<u64> = all()
        .filter_map(|outcome| match outcome {
            Outcome::Gave(number) => Some(*number),
            Outcome::Failed => None,
        })
        .collect();
    Report {
        first: imds.outcomes.range(..10).map(|(_, all)| all.len()).sum(),
        fetches: all().count(),
        failed: all().filter(|outcome| **outcome == Outcome::Failed).count(),
        peaks: [1, 10, 300].map(within),
        renewals: gave.range(..generations).count(),
        generations,
        scene,
        tally,
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scene, tally, .. } = self;
        let kind = match (scene.is_shared, scene.is_spread) {
            (true, _) => "shared file",
            (false, true) => "spread",
            (false, false) => "neither",
        };
        write!(
            f,
            "| {:<22} | {kind:<11} | {:>7} | {:>7} | {:>6} | {:>6} | {:>5} | {:>7} | {:>6} | {:>2}/{:>2} | {:>4} | {:>5} |",
            scene.what,
            tally.signed,
            tally.expired,
            tally.needlessly,
            tally.latest,
            self.first,
            self.fetches,
            self.failed,
            self.renewals,
            self.generations,
            self.peaks[0],
            self.peaks[1],
        )
    }
}
