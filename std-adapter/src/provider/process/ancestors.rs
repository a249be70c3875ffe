//! The same program as this one, waiting for it: a circle that no variable reveals.
//!
//! `env -i` and `sudo` remove the variable that lists the programs that were started. Linux still
//! shows the processes above this one, with their arguments.

use std::path::{Path, PathBuf};

/// The most processes that are looked at.
const MOST: usize = 64;

/// The properties by which two processes are the same program with the same task. A service that
/// forks has workers with the same arguments and variables; they share its standard output, and a
/// program that is asked for credentials has its own pipe.
#[derive(PartialEq, Eq)]
struct ProcessIdentity {
    arguments: Vec<u8>,
    /// The variables that choose the credentials, in order. `None` where they cannot be read.
    variables: Option<Vec<Vec<u8>>>,
    /// The target of standard output.
    output: Option<PathBuf>,
}

impl ProcessIdentity {
    fn read(process: &Path) -> Option<Self> {
        let arguments = std::fs::read(process.join("cmdline")).ok()?;
        let variables = std::fs::read(process.join("environ")).ok().map(|all| {
            let all = all.split(|byte| *byte == 0).map(<[u8]>::to_vec);
            let mut chosen: Vec<_> = all.filter(|variable| is_choice(variable)).collect();
            chosen.sort_unstable();
            chosen
        });
        let output = std::fs::read_link(process.join("fd/1")).ok();
        Some(Self { arguments, variables, output }).filter(|call| !call.arguments.is_empty())
    }

    /// Returns whether `other` was called for the same, by its own pipe. A process that cannot
    /// be read counts as the same: another user began it.
    fn is_repeated_by(&self, other: &Self) -> bool {
        let may_be_same = |here: &Option<_>, there: &Option<_>| {
            here.is_none() || there.is_none() || here == there
        };
        self.arguments == other.arguments
            && may_be_same(&self.variables, &other.variables)
            && (self.output.is_none() || self.output != other.output)
    }
}

fn is_choice(variable: &[u8]) -> bool {
    variable.starts_with(b"AWS_") || variable.starts_with(b"HOME=")
}

/// Returns whether a process above this one is the same program, called in the same way.
pub(super) fn repeats() -> bool {
    repeats_in(Path::new("/proc"), std::process::id())
}

fn repeats_in(proc: &Path, id: u32) -> bool {
    let process = |id: u32| proc.join(id.to_string());
    let Some(own) = ProcessIdentity::read(&process(id)) else { return false };
    let mut above = core::iter::successors(parent(&process(id)), |id| parent(&process(*id)));
    above.by_ref().take(MOST).any(|id| {
        ProcessIdentity::read(&process(id)).is_some_and(|process| process.is_repeated_by(&own))
    })
}

/// Returns the parent of a process; `None` for the first of all.
fn parent(process: &Path) -> Option<u32> {
    let stat = std::fs::read_to_string(process.join("stat")).ok()?;
    // The state and the parent follow the name. It is in parentheses, and may contain others.
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(1)?.parse().ok().filter(|id| *id != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Builds processes, each below the one before, with arguments, variables and standard output.
    fn is_circle(calls: &[(&str, &str, &str)]) -> bool {
        let proc = tempfile::tempdir().unwrap();
        for ((id, parent), (arguments, variables, output)) in (1..).zip(0..).zip(calls) {
            let process = proc.path().join(format!("{id}"));
            std::fs::create_dir_all(process.join("fd")).unwrap();
            std::fs::write(process.join("stat"), format!("{id} (a) b) S {parent} 1 1")).unwrap();
            std::fs::write(process.join("cmdline"), arguments).unwrap();
            std::fs::write(process.join("environ"), variables).unwrap();
            std::os::unix::fs::symlink(output, process.join("fd/1")).unwrap();
        }
        repeats_in(proc.path(), u32::try_from(calls.len()).unwrap())
    }

    #[test]
    fn detects_the_same_call_among_its_ancestors() {
        let call = "rolefs\0-credentials\0";
        let home = "HOME=/h\0X=1\0";
        assert!(is_circle(&[
            (call, home, "pipe:[1]"),
            ("sudo", "", "pipe:[2]"),
            (call, home, "pipe:[2]")
        ]));
        assert!(is_circle(&[(call, "X=2\0HOME=/h\0", "pipe:[1]"), (call, home, "pipe:[2]")]));
        for (above, why) in [
            (("rolefs\0-ls\0", home, "pipe:[1]"), "other arguments"),
            ((call, "HOME=/h\0AWS_PROFILE=a\0", "pipe:[1]"), "another profile"),
            ((call, home, "pipe:[2]"), "a service and its worker"),
            (("", "", "pipe:[1]"), "of the kernel"),
        ] {
            assert!(!is_circle(&[above, (call, home, "pipe:[2]")]), "{why}");
        }
    }
}
