//! Programs that were started for credentials, by this process and those that began it.
//!
//! A program that a profile names may ask this library, or the AWS CLI, for another profile, which
//! names a program again. That can lead back to where it came from. So each program gets in a
//! variable which ones were started before it, and by which processes: one that was started already
//! is not started again, and when a process on the way is killed, all behind it end.

use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::time::sleep;

/// The variable with the programs on the way, for this library alone. The AWS CLI has another one
/// for the same purpose, with names only.
pub(super) const VARIABLE: &str = "ROLESIG_CREDENTIAL_PROCESSES";

/// The pause between two looks at the processes on the way. A circle that nothing else ends must
/// not grow faster than its processes notice that it is abandoned.
const PAUSE: Duration = Duration::from_millis(25);

/// One program.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
struct Step {
    profile: String,
    /// The hash of the command: profiles of other files may have the same name, and arguments may
    /// be secret.
    hash: String,
    /// The process that began it.
    by: u32,
}

/// The programs on the way to this process, the first one first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Started(Vec<Step>);

impl Started {
    /// Reads the programs that this process got.
    pub(super) fn before_this_process() -> Self {
        Self::read(&std::env::var(VARIABLE).unwrap_or_default())
    }

    fn read(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap_or_default())
    }

    /// Adds the program of a profile.
    ///
    /// # Errors
    /// If it was started already: the profiles on the way.
    pub(super) fn and(mut self, profile: &str, command: &[&str]) -> Result<Self, String> {
        let mut hash = Sha256::new();
        for word in command {
            hash.update(word.len().to_le_bytes());
            hash.update(word);
        }
        let hash = hex::encode(hash.finalize());
        let is_it = |step: &Step| step.profile == profile && step.hash == hash;
        if let Some(first) = self.0.iter().position(is_it) {
            let names = self.0.iter().skip(first).map(|step| step.profile.as_str());
            return Err(names.chain([profile]).collect::<Vec<_>>().join(" -> "));
        }
        self.0.push(Step { profile: profile.to_owned(), hash, by: std::process::id() });
        Ok(self)
    }

    /// Returns a future that ends when one of the processes on the way has ended, or nothing reads
    /// the output of this one any more: `env -i`, `sudo` and `ssh` hide the variable, but not that.
    /// It does not wait for a process that cannot be seen from here, since it is in another
    /// container. The call notes which there are: it must come before the program is started.
    pub(super) fn ended(&self) -> impl Future<Output = ()> + use<> {
        let was_read = is_output_read();
        let own = std::process::id();
        let mut others: Vec<u32> = self.0.iter().map(|step| step.by).collect();
        others.retain(|id| *id != own && is_alive(*id));
        async move {
            loop {
                sleep(PAUSE).await;
                let is_unread = was_read && !is_output_read();
                if is_unread || !others.iter().all(|id| is_alive(*id)) {
                    return;
                }
            }
        }
    }
}

/// The value of the variable.
impl fmt::Display for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).unwrap_or_default())
    }
}

/// Returns whether something may read standard output: false once the other end of a pipe, a socket
/// or a terminal is gone.
#[cfg(unix)]
fn is_output_read() -> bool {
    is_read(&std::io::stdout())
}

#[cfg(not(unix))]
const fn is_output_read() -> bool {
    true
}

#[cfg(unix)]
fn is_read(output: &impl std::os::fd::AsFd) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    // Errors and the closing of the other end are reported without being asked for.
    let mut output = [PollFd::new(output, PollFlags::empty())];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    !matches!(poll(&mut output, Some(&at_once)), Ok(1..))
}

#[cfg(unix)]
fn is_alive(id: u32) -> bool {
    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};

    let process = i32::try_from(id).ok().and_then(Pid::from_raw);
    let is_there = process.is_some_and(|id| test_kill_process(id) != Err(Errno::SRCH));
    is_there && !is_zombie(id)
}

/// Returns whether a process has ended and its parent has not noticed yet. Only Linux reports it.
#[cfg(unix)]
fn is_zombie(id: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // Behind the name, which is in parentheses and may have some itself.
    stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with(['Z', 'X']))
}

#[cfg(not(unix))]
const fn is_alive(_: u32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn does_not_start_a_program_twice_at_any_depth() {
        let mut started = Started::default();
        for number in 0..20 {
            let profile = format!("p{number}");
            started =
                Started::read(&started.to_string()).and(&profile, &["rolefs", &profile]).unwrap();
        }
        let way = started.clone().and("p17", &["rolefs", "p17"]).unwrap_err();
        assert_eq!(way, "p17 -> p18 -> p19 -> p17");
        assert!(started.clone().and("p17", &["another", "p17"]).is_ok(), "of another file");
        assert!(started.and("p20", &["rolefs", "p17"]).is_ok());
    }

    #[test]
    fn ignores_values_of_the_variable_from_other_programs() {
        for text in ["", "x", "{}", "[1]", "null"] {
            assert_eq!(Started::read(text), Started::default(), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn notices_when_the_reader_of_a_pipe_is_gone() {
        let (reader, writer) = std::io::pipe().unwrap();
        assert!(is_read(&writer));
        drop(reader);
        assert!(!is_read(&writer));
        assert!(is_read(&tempfile::tempfile().unwrap()));
        assert!(is_read(&std::fs::File::create("/dev/null").unwrap()));
    }

    /// On a busy host the program may have run for long before the future is polled.
    #[cfg(unix)]
    #[tokio::test]
    async fn notices_an_end_before_the_first_look() {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let step = Step { profile: "p".to_owned(), hash: String::new(), by: child.id() };
        let ended = Started(vec![step]).ended();
        child.kill().unwrap();
        child.wait().unwrap();
        tokio::time::timeout(Duration::from_secs(60), ended).await.unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn processes_that_have_ended_are_not_alive() {
        assert!(is_alive(std::process::id()) && is_alive(1));
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        assert!(is_alive(child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!is_alive(child.id()));
    }
}
