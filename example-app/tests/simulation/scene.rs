//! A scene: who stores what, with which faults; and the promises that must hold at its end.

use core::time::Duration;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use rolefs::transfer::upload::UploadError;
use tokio::time::{sleep, timeout};

use crate::chance::{Chance, begin, elapsed};
use crate::host::{Host, Run};
use crate::network::{BAD_TIMES, World};
use crate::store::{Condition, MIN_PART_LEN, Object, Store};

/// The outcome of a scene.
#[derive(Debug, Default)]
pub(crate) struct Played {
    /// The promises that were broken.
    pub(crate) broken: Vec<String>,
    pub(crate) log: Vec<String>,
    pub(crate) crashes: u32,
    pub(crate) failures: u32,
    pub(crate) successes: u32,
}

/// Plays the scene of a seed, in a folder.
pub(crate) async fn play(seed: u64, folder: &Path) -> Played {
    begin(seed);
    let chance = Chance(seed);
    fs::create_dir_all(folder).unwrap();
    let content = content(chance, "content");
    let before = before(chance, &content);
    let condition = condition(chance, "condition", before.as_ref());
    let mut store = Store::new(before, chance);
    // Another host has a copy of the file; another writer has another one.
    let hosts = [
        Host::new(folder, 'A', &content, condition.clone()),
        Host::new(folder, 'B', &content, condition),
        Host::new(folder, 'C', &other_content(chance, &content), {
            self::condition(chance, "other condition", store.object.as_ref())
        }),
    ];
    store.contents = hosts.iter().map(|host| fs::read(&host.source).unwrap()).collect();
    for host in &hosts {
        store.conditions.insert(host.writer, host.condition.clone());
    }
    let world = World::new(store, chance);
    world.connect();
    let mut played = Played::default();
    for phase in 0..=chance.below("phases", 3) {
        bad_phase(phase, chance, &world, &hosts, &mut played).await;
    }
    // All that lingers arrives, and then all is well.
    sleep(Duration::from_millis(BAD_TIMES.saturating_sub(elapsed()) + 3_600_000)).await;
    // The last run could tidy up after the others.
    check_bill(&world, &hosts, &mut played);
    last_phase(&world, &hosts[0], &mut played).await;
    check_bill(&world, &hosts, &mut played);
    played.broken.append(&mut world.store.lock().unwrap().broken);
    played.log.append(&mut world.log.lock().unwrap());
    fs::remove_dir_all(folder).unwrap();
    played
}

/// Draws a content of up to eleven parts.
fn content(chance: Chance, purpose: &str) -> Vec<u8> {
    let parts = usize::try_from(chance.below(&format!("{purpose} parts"), 11)).unwrap();
    let rest = chance.pick(&format!("{purpose} rest"), &[0, 1, MIN_PART_LEN - 1]);
    let byte =
        |place| u8::try_from(chance.below(&format!("{purpose} {}", place / 64), 256)).unwrap();
    (0..parts * MIN_PART_LEN + rest).map(byte).collect()
}

/// Draws the content of another file: often of the same length, and the same in no place.
fn other_content(chance: Chance, content: &[u8]) -> Vec<u8> {
    if chance.percent("other length", 50) {
        return self::content(chance, "other content");
    }
    content.iter().map(|byte| byte ^ 0x55).collect()
}

/// Draws the object that is there before: none, another one, or the same.
fn before(chance: Chance, content: &[u8]) -> Option<Object> {
    match chance.below("before", 5) {
        0 | 1 => None,
        2 => Some(Object::whole(b"what was there before")),
        3 => Some(Object::whole(content)),
        _ => Some(Object::in_parts(content, MIN_PART_LEN)),
    }
}

fn condition(chance: Chance, purpose: &str, before: Option<&Object>) -> Condition {
    match (chance.below(purpose, 4), before) {
        (0 | 1, _) => Condition::Always,
        (3, Some(object)) => Condition::Same(format!("\"{}\"", object.etag)),
        _ => Condition::Absent,
    }
}

/// Runs the program on one host, or on two at once, until it ends or crashes.
async fn bad_phase(
    phase: u64,
    chance: Chance,
    world: &Arc<World>,
    hosts: &[Host; 3],
    played: &mut Played,
) {
    let draw = |what: &str| format!("{what} {phase}");
    let host =
        if phase > 0 && chance.percent(&draw("other host"), 40) { &hosts[1] } else { &hosts[0] };
    let crashes = chance.percent(&draw("crashes"), 60);
    let run = |crashes: bool, of: &str| Run {
        resumes: phase > 0 && chance.percent(&draw(&format!("{of} resumes")), 80),
        keeps: chance.percent(&draw(&format!("{of} keeps")), 50),
        // Without a journal only those are known that a process ends by itself.
        journals: crashes || chance.percent(&draw(&format!("{of} journals")), 70),
        in_flight: usize::try_from(1 + chance.below(&draw(&format!("{of} in flight")), 6)).unwrap(),
    };
    let after = chance.time(&draw("crash"), 40_000);
    let limit = if crashes { after } else { Duration::MAX };
    let one = one_run(world, host, run(crashes, "one"), limit);
    if chance.percent(&draw("two writers"), 25) {
        let other = async {
            sleep(chance.time(&draw("other begins"), 5_000)).await;
            one_run(world, &hosts[2], run(false, "other"), Duration::MAX).await
        };
        let (one, other) = tokio::join!(one, other);
        played.count(&one);
        played.count(&other);
    } else {
        let one = one.await;
        played.count(&one);
    }
    sleep(chance.time(&draw("rest"), 400_000)).await;
}

/// The end of a run; `None` if it crashed.
type End = Option<Result<(), UploadError>>;

async fn one_run(world: &Arc<World>, host: &Host, run: Run, limit: Duration) -> End {
    let begun = elapsed();
    world.note(format!("{} begins: {run:?}", host.writer));
    let ended = timeout(limit, Box::pin(host.store(world, run))).await.ok();
    match &ended {
        None => world.note(format!("{} crashes", host.writer)),
        Some(Ok(())) => {
            world.note(format!("{} has stored it", host.writer));
            check_stored(world, host, begun);
        }
        Some(Err(error)) => {
            world.note(format!("{} fails: {error}", host.writer));
            host.reports.borrow_mut().push(error.to_string());
        }
    }
    ended
}

/// Checks that an object that a run says it has stored was there while it ran.
fn check_stored(world: &World, host: &Host, begun: u64) {
    let content = fs::read(&host.source).unwrap();
    let mut store = world.store.lock().unwrap();
    let is_it = |object: &Option<Object>| object.as_ref().is_some_and(|it| it.content == content);
    let at_begin = store.history.iter().rfind(|(at, _)| *at <= begun);
    let since = store.history.iter().filter(|(at, _)| *at > begun);
    let was_there = at_begin.into_iter().chain(since).any(|(_, object)| is_it(object));
    if !was_there {
        store.broken.push(format!("{} says that it is stored, and it never was", host.writer));
    }
}

/// Resumes when all is well: it is stored, or the condition forbids it.
async fn last_phase(world: &Arc<World>, host: &Host, played: &mut Played) {
    let run = Run { resumes: true, keeps: true, journals: true, in_flight: 4 };
    let content = fs::read(&host.source).unwrap();
    let ended = one_run(world, host, run, Duration::MAX).await;
    let (is_there, is_as_before) = {
        let store = world.store.lock().unwrap();
        let is_there = store.object.as_ref().is_some_and(|object| object.content == content);
        (is_there, store.object == store.history[0].1)
    };
    let forbids = host.condition != Condition::Always;
    let ended = match ended {
        // Another host began the upload; it is that one's to abort.
        Some(Err(UploadError::Kept { error, .. })) => Some(Err(*error)),
        ended => ended,
    };
    match ended {
        Some(Ok(())) if is_there => {}
        // An object that was the same before, in other parts, is not known to be.
        Some(Err(UploadError::Exists | UploadError::ChangedThere))
            if forbids && (!is_there || is_as_before) => {}
        other => played.broken.push(format!("when all is well: {other:?}, there: {is_there}")),
    }
    sleep(Duration::from_hours(1)).await;
}

/// Checks that each upload with parts, which are charged for, is known to a host.
fn check_bill(world: &World, hosts: &[Host; 3], played: &mut Played) {
    let store = world.store.lock().unwrap();
    for (id, parts) in store.uploads.iter().filter(|(_, parts)| !parts.is_empty()) {
        if !hosts.iter().any(|host| host.knows(id)) {
            let parts = parts.len();
            played.broken.push(format!("nobody knows of the upload {id}, with {parts} parts"));
        }
    }
}

impl Played {
    fn count(&mut self, end: &End) {
        match end {
            None => self.crashes += 1,
            Some(Ok(())) => self.successes += 1,
            Some(Err(_)) => self.failures += 1,
        }
    }
}
