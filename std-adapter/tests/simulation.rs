//! A host with a thousand processes for two days, through a metadata service's bad times, in
//! virtual time, with the cache and the shared file as they are. `--nocapture` shows the table.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod virtual_time;

use core::ops::Range;
use core::time::Duration;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use rolesig::{Refresh, Timestamp};
use rolesig_std::{Cache, CacheSettings, Identity, Provide, SharedFile};
use thiserror::Error;
use tokio::time::sleep;
use virtual_time::{START, random};

const PROCESSES: usize = 1000;
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const END: u64 = 48 * HOUR;

/// Times are seconds since the start.
#[derive(Clone, Debug)]
struct Scene {
    what: &'static str,
    life: u64,
    /// New credentials are there so long before the old ones expire.
    ahead: u64,
    outage: Range<u64>,
    /// Here 80 of 100 calls are answered with 429.
    throttled: Range<u64>,
    is_shared: bool,
    is_spread: bool,
}

impl Scene {
    /// When the first credentials expire, and how long it is from one expiry to the next.
    const fn cycle(&self) -> u64 {
        self.life - self.ahead
    }

    /// The outage begins as the second credentials come to be replaced, and the throttled hour ends
    /// ten minutes before later ones expire.
    const fn new(what: &'static str, life: u64, ahead: u64) -> Self {
        let cycle = life - ahead;
        let outage = cycle * 2..cycle * 2 + 10 * MINUTE;
        let calm = cycle * 4 + ahead - 10 * MINUTE;
        let throttled = calm - HOUR..calm;
        Self { what, life, ahead, outage, throttled, is_shared: false, is_spread: true }
    }

    const fn shared(self) -> Self {
        Self { is_shared: true, ..self }
    }

    const fn without_spread(self) -> Self {
        Self { is_spread: false, ..self }
    }
}

/// The metadata service, which has the same document for all.
#[derive(Debug)]
struct Imds {
    scene: Scene,
    outcomes: BTreeMap<u64, Vec<Outcome>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The credentials of this number.
    Gave(u64),
    Failed,
}

#[derive(Debug, Error)]
#[error("the metadata service is busy")]
struct Busy;

/// Seconds since the start.
fn elapsed() -> u64 {
    virtual_time::now().seconds_since(START.into()).unwrap()
}

async fn milliseconds(milliseconds: u32) {
    sleep(Duration::from_millis(milliseconds.into())).await;
}

impl Imds {
    /// The number of what it hands out.
    const fn current(&self, at: u64) -> u64 {
        at / self.scene.cycle()
    }

    fn expires_at(&self, number: u64) -> Timestamp {
        let issued = Timestamp::from(START).checked_add(number * self.scene.cycle()).unwrap();
        issued.checked_add(self.scene.life).unwrap()
    }

    fn is_well(&self, at: u64) -> bool {
        !self.scene.outage.contains(&at) && !self.scene.throttled.contains(&at)
    }
}

/// One process's way to it, with the attempts of the real provider.
struct Provider(Arc<Mutex<Imds>>);

impl Provider {
    fn answer(&self) -> Option<u64> {
        let imds = self.0.lock().unwrap();
        let is_turned_away = imds.scene.throttled.contains(&elapsed()) && random() % 100 < 80;
        (!is_turned_away).then(|| imds.current(elapsed()))
    }

    async fn attempts(&self) -> Result<u64, Busy> {
        if self.0.lock().unwrap().scene.outage.contains(&elapsed()) {
            milliseconds(2000).await;
            return Err(Busy);
        }
        for attempt in 0..3 {
            milliseconds(10 + random() % 20).await;
            if let Some(number) = self.answer() {
                return Ok(number);
            }
            milliseconds((50 + random() % 50) << attempt).await;
        }
        Err(Busy)
    }
}

impl Provide for Provider {
    type Error = Busy;

    async fn fetch(&mut self) -> Result<Identity, Busy> {
        let began = elapsed();
        let gave = self.attempts().await;
        let mut imds = self.0.lock().unwrap();
        let outcome = gave.as_ref().map_or(Outcome::Failed, |number| Outcome::Gave(*number));
        imds.outcomes.entry(began).or_default().push(outcome);
        let number = gave?;
        Ok(virtual_time::identity(&format!("ASIA{number}"), Some(imds.expires_at(number))))
    }

    fn is_final(_: &Busy) -> bool {
        false
    }
}

/// What became of the requests.
#[derive(Clone, Debug, Default)]
struct Tally {
    signed: u64,
    without: u64,
    expired: u64,
    /// Signed with expired credentials while the service was well.
    needlessly: u64,
    /// The last of these, in seconds after the service was well again.
    latest: u64,
}

/// Signs at random times: twice a minute when its credentials may be due, else every ten minutes,
/// since nothing happens then.
async fn process(cache: Cache<Provider>, imds: Arc<Mutex<Imds>>, tally: Arc<Mutex<Tally>>) {
    let mut pause = 0;
    while elapsed() < END {
        milliseconds(pause).await;
        let identity = cache.identity().await;
        let mut tally = tally.lock().unwrap();
        tally.signed += 1;
        let Ok(identity) = identity else {
            tally.without += 1;
            pause = 1000;
            continue;
        };
        let now = virtual_time::now();
        let left = identity.expires_at().unwrap().seconds_since(now).unwrap_or(0);
        if left == 0 {
            tally.expired += 1;
            let imds = imds.lock().unwrap();
            if imds.is_well(elapsed()) {
                tally.needlessly += 1;
                let well = imds.scene.outage.end.max(imds.scene.throttled.end);
                let since = if elapsed() < imds.scene.throttled.start {
                    imds.scene.outage.end
                } else {
                    well
                };
                tally.latest = tally.latest.max(elapsed() - since.min(elapsed()));
            }
        }
        let imds = imds.lock().unwrap();
        let may_be_due = if imds.scene.life > 90 * MINUTE { 92 * MINUTE } else { 24 * MINUTE };
        pause = random() % if left > may_be_due { 1_200_000 } else { 60_000 };
    }
}

/// What a scene came to.
#[derive(Debug)]
struct Report {
    scene: Scene,
    tally: Tally,
    /// Of all processes at once.
    first: usize,
    fetches: usize,
    failed: usize,
    /// Those that gave what was held already.
    unchanged: usize,
    /// The most fetches in a second and in ten, after the start.
    peaks: (usize, usize),
    /// In what is shared, how often each credential was fetched when it was new.
    renewals: usize,
    generations: u64,
    /// The least time between two fetches, after the start.
    closest: u64,
}

fn play(seed: u64, scene: Scene) -> Report {
    let directory = tempfile::tempdir().unwrap();
    virtual_time::seed(seed);
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).build().unwrap();
    let imds = Arc::new(Mutex::new(Imds { scene: scene.clone(), outcomes: BTreeMap::new() }));
    let tally = Arc::new(Mutex::new(Tally::default()));
    let refresh = if scene.is_spread { Refresh::new().spread() } else { Refresh::new() };
    let file = SharedFile::new(directory.path().join("shared"), "imds").unwrap();
    let settings = CacheSettings {
        refresh,
        shared_file: Some(file).filter(|_| scene.is_shared),
        surroundings: virtual_time::SURROUNDINGS,
        ..CacheSettings::default()
    };
    runtime.block_on(async {
        let processes: Vec<_> = (0..PROCESSES)
            .map(|_| {
                let provider = Provider(Arc::clone(&imds));
                let cache = Cache::with_settings(provider, settings.clone());
                tokio::spawn(process(cache, Arc::clone(&imds), Arc::clone(&tally)))
            })
            .collect();
        for process in processes {
            process.await.unwrap();
        }
    });
    drop(runtime);
    let tally = tally.lock().unwrap().clone();
    let imds = imds.lock().unwrap();
    report(scene, tally, &imds)
}

fn report(scene: Scene, tally: Tally, imds: &Imds) -> Report {
    let later = || imds.outcomes.range(10..);
    let all = || imds.outcomes.values().flatten();
    let count = |outcome: Outcome| all().filter(|is| **is == outcome).count();
    let generations = imds.current(END);
    let within = |seconds: u64| {
        let from = |at: &u64| imds.outcomes.range(*at..*at + seconds).map(|(_, all)| all.len());
        later().map(|(at, _)| from(at).sum::<usize>()).max().unwrap_or(0)
    };
    let renewals = (0..generations).map(|number| count(Outcome::Gave(number)).min(1)).sum();
    let gave = all().filter(|outcome| matches!(outcome, Outcome::Gave(_))).count();
    let times: Vec<_> = later().map(|(at, _)| *at).collect();
    let closest = times.iter().zip(times.iter().skip(1)).map(|(one, next)| next - one).min();
    Report {
        first: imds.outcomes.range(..10).map(|(_, all)| all.len()).sum(),
        fetches: all().count(),
        failed: count(Outcome::Failed),
        unchanged: gave.saturating_sub(renewals),
        peaks: (within(1), within(10)),
        renewals,
        generations,
        closest: closest.unwrap_or(u64::MAX),
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
            "| {:<24} | {kind:<11} | {:>8} | {:>7} | {:>6} | {:>5} | {:>7} | {:>6} | {:>6} | {:>4} | {:>4} |",
            scene.what,
            tally.signed,
            tally.expired,
            tally.needlessly,
            self.first,
            self.fetches,
            self.failed,
            self.renewals,
            self.peaks.0,
            self.peaks.1,
        )
    }
}

#[test]
fn a_thousand_processes_for_two_days() {
    let six_hours_60 = Scene::new("6 h, new 60 min before", 6 * HOUR, 60 * MINUTE);
    let six_hours_15 = Scene::new("6 h, new 15 min before", 6 * HOUR, 15 * MINUTE);
    let one_hour = Scene::new("1 h, new 15 min before", HOUR, 15 * MINUTE);
    let mut over_expiry = Scene::new("6 h, out at the expiry", 6 * HOUR, 15 * MINUTE);
    over_expiry.outage = over_expiry.outage.start + 7 * MINUTE..over_expiry.outage.end + 7 * MINUTE;
    let mut scenes = Vec::new();
    for scene in [six_hours_60, six_hours_15, one_hour, over_expiry] {
        scenes.push(scene.clone().without_spread());
        scenes.push(scene.clone());
        scenes.push(scene.shared());
    }
    let began = std::time::Instant::now();
    let threads: Vec<_> = (1..)
        .zip(scenes)
        .map(|(seed, scene)| std::thread::spawn(move || play(seed, scene)))
        .collect();
    let reports: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    println!(
        "| credentials              | processes   | signed   | expired | needl. | first | fetches | failed | renew. | /1 s | /10 s |"
    );
    for report in &reports {
        println!(
            "{report}  closest {} latest {} of {}",
            report.closest, report.tally.latest, report.generations
        );
    }
    println!("{:?}", began.elapsed());
}
