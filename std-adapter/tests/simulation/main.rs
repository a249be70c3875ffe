//! A host with a thousand processes for two days, through a metadata service's bad times, in
//! virtual time, with the cache and the shared file as they are. `--nocapture` shows the table.
//! Chance is drawn from a seed, and nothing runs on another thread, so a seed plays the same each
//! time; `SIMULATION_SEED` names another one.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod report;
#[path = "../virtual_time/mod.rs"]
mod virtual_time;

use core::ops::Range;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use report::{Report, report};
use rolesig::{Refresh, Timestamp};
use rolesig_std::cache::{CacheSettings, SharedFile};
use rolesig_std::{Cache, Clock, Identity, ProvideCredentials};
use thiserror::Error;
use tokio::time::{sleep, sleep_until};
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
    /// The time by which new credentials are available before the old ones expire.
    ahead: u64,
    outage: Range<u64>,
    /// Here 80 of 100 calls are answered with 429.
    throttled: Range<u64>,
    is_shared: bool,
    is_spread: bool,
}

impl Scene {
    /// The time from one expiry to the next.
    const fn cycle(&self) -> u64 {
        self.life - self.ahead
    }

    /// The outage begins a minute before the third credentials are available, and the throttled
    /// hour ends ten minutes before later ones expire.
    const fn new(what: &'static str, life: u64, ahead: u64) -> Self {
        let cycle = life - ahead;
        let outage = cycle * 2 - MINUTE..cycle * 2 + 9 * MINUTE;
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

/// To the next whole second, and on.
async fn seconds(seconds: u32) {
    sleep_until(virtual_time::at(elapsed() + u64::from(seconds))).await;
}

impl Imds {
    /// The number of the credentials it hands out.
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
    fn respond(&self) -> Option<u64> {
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
            if let Some(number) = self.respond() {
                return Ok(number);
            }
            milliseconds((50 + random() % 50) << attempt).await;
        }
        Err(Busy)
    }
}

impl ProvideCredentials for Provider {
    type Error = Busy;

    async fn fetch(&mut self, _: Clock) -> Result<Identity, Busy> {
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

/// The outcomes of the requests.
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

/// Signs at random times: every few minutes when its credentials may be due, else every 45, since
/// nothing happens then. At whole seconds, so that the clock stops less often.
async fn process(cache: Cache<Provider>, imds: Arc<Mutex<Imds>>, tally: Arc<Mutex<Tally>>) {
    let mut pause = 0_u32;
    while elapsed() < END {
        seconds(pause).await;
        let identity = cache.identity().await;
        let mut tally = tally.lock().unwrap();
        tally.signed += 1;
        let Ok(identity) = identity else {
            tally.without += 1;
            pause = 1;
            continue;
        };
        let now = virtual_time::now();
        let left = identity.expires_at().unwrap().seconds_since(now).unwrap_or(0);
        if left == 0 {
            tally.expired += 1;
            let imds = imds.lock().unwrap();
            if imds.is_well(elapsed()) {
                tally.needlessly += 1;
                let well_since = [imds.scene.outage.end, imds.scene.throttled.end]
                    .into_iter()
                    .filter(|end| *end <= elapsed())
                    .max();
                tally.latest = tally.latest.max(elapsed() - well_since.unwrap_or(0));
            }
        }
        let imds = imds.lock().unwrap();
        let may_be_due = if imds.scene.life > 90 * MINUTE { 92 * MINUTE } else { 24 * MINUTE };
        let busy = if imds.scene.ahead > 15 * MINUTE { 120 } else { 480 };
        pause = 1 + random() % if left > may_be_due { 5400 } else { busy };
    }
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
    let mut settings = CacheSettings::default();
    settings.refresh = refresh;
    settings.shared_file = Some(file).filter(|_| scene.is_shared);
    settings.clock = virtual_time::CLOCK;
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

/// Returns what is played, first the control.
fn scenes() -> [Scene; 9] {
    let six_hours_60 = Scene::new("6 h, new 60 min before", 6 * HOUR, 60 * MINUTE);
    let six_hours_15 = Scene::new("6 h, new 15 min before", 6 * HOUR, 15 * MINUTE);
    let one_hour = Scene::new("1 h, new 15 min before", HOUR, 15 * MINUTE);
    let mut over_expiry = Scene::new("6 h, out at the expiry", 6 * HOUR, 15 * MINUTE);
    over_expiry.outage = over_expiry.outage.start + 7 * MINUTE..over_expiry.outage.end + 7 * MINUTE;
    [
        six_hours_60.clone().without_spread(),
        six_hours_60.clone(),
        six_hours_60.shared(),
        six_hours_15.clone(),
        six_hours_15.shared(),
        one_hour.clone(),
        one_hour.shared(),
        over_expiry.clone(),
        over_expiry.shared(),
    ]
}

/// Asserts what holds in each scene.
fn check(report: &Report) {
    let Report { scene, tally, peaks, .. } = report;
    assert_eq!(tally.without, 0, "{report}");
    // An outage may end after the expiry, and then while the service is left alone. The
    // throttled hour is longer than the window of credentials that live for an hour: each
    // attempt fails as often as not, so there are runs in which all of them do.
    let is_out_at_expiry = scene.outage.start > scene.cycle() * 2;
    let is_throttled_at_expiry = scene.life == HOUR;
    if is_out_at_expiry || is_throttled_at_expiry {
        assert!(tally.latest <= 60, "{report}");
    } else {
        assert_eq!((tally.expired, tally.needlessly), (0, 0), "{report}");
    }
    // With the file all ask for all, and so more often than each for itself.
    if is_throttled_at_expiry && scene.is_shared {
        assert!(tally.expired <= 50, "{report}");
    }
    if scene.is_shared {
        assert_eq!(report.first, 1, "{report}");
        // Never two that could have been one, and none to no effect that is not a rest after
        // another.
        assert_eq!(peaks[1], 1, "{report}");
        assert!(peaks[2] <= 10, "{report}");
    } else {
        // All want credentials at once, and no file says that somebody has them.
        assert_eq!(report.first, PROCESSES, "{report}");
    }
    if scene.is_spread {
        assert!(peaks[1] <= PROCESSES / 20, "{report}");
    }
}

#[test]
fn simulates_a_thousand_processes_for_two_days() {
    let play = |(seed, scene)| std::thread::spawn(move || play(seed, scene));
    let seed = std::env::var("SIMULATION_SEED").map_or(1, |seed| seed.parse().unwrap());
    let threads: Vec<_> = (seed..).zip(scenes()).map(play).collect();
    let reports: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    println!(
        "| credentials            | processes   |  signed | expired | needl. | latest | first | fetches | failed | renew | /1 s | /10 s |"
    );
    for report in &reports {
        println!("{report}");
    }

    let [control, spread, ..] = &reports[..] else { panic!() };
    let peak = |report: &Report| report.peaks[1];
    assert!(peak(control) >= 2 * peak(spread), "{control}\n{spread}");
    reports.iter().for_each(check);
}
