//! A running program, which is killed when nobody waits for it any longer.

use core::ops::{Deref, DerefMut};

use tokio::process::Child;

/// A program. If it is dropped before the program has ended, the program is killed
/// (`kill_on_drop`), and on Linux what it has started itself: it may be another shell of this
/// library, which waits for a program in turn.
pub(super) struct Running(pub(super) Child);

impl Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended and was waited for has no number any more.
        #[cfg(target_os = "linux")]
        if let Some(id) = self.0.id() {
            kill_descendants(id);
        }
    }
}

#[cfg(target_os = "linux")]
fn kill_descendants(of: u32) {
    use rustix::process::{Pid, Signal, kill_process};

    let parents = parents();
    let mut family = vec![of];
    let mut walked = 0;
    while let Some(parent) = family.get(walked).copied() {
        walked += 1;
        let children = parents.iter().filter(|(_, its)| *its == parent).map(|(id, _)| *id);
        family.extend(children);
    }
    for id in family.into_iter().skip(1) {
        if let Some(id) = i32::try_from(id).ok().and_then(Pid::from_raw) {
            let _ = kill_process(id, Signal::KILL);
        }
    }
}

/// Returns all processes, each with its parent.
#[cfg(target_os = "linux")]
fn parents() -> Vec<(u32, u32)> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter_map(|id| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // Behind the name, which is in parentheses and may have some itself: the state, the parent.
        let (_, rest) = stat.rsplit_once(") ")?;
        Some((id, rest.split(' ').nth(1)?.parse().ok()?))
    })
    .collect()
}
