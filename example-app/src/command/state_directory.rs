//! The directory for state that outlives a process.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::system::local_path::local_path_parser;
use crate::system::user::home;
use crate::transfer::upload::journal::Journals;

/// The directory for state that outlives a process.
#[derive(Args, Clone, Debug, Default)]
pub struct StateOptions {
    /// A private directory for the journals of unfinished uploads. Otherwise
    /// $XDG_STATE_HOME/rolefs, or ~/.local/state/rolefs.
    #[arg(
        long, value_name = "DIR", env = "ROLEFS_STATE_DIR", value_parser = local_path_parser()
    )]
    pub state_dir: Option<PathBuf>,
}

impl StateOptions {
    /// Returns the journals; `None` if nothing says where they are.
    pub(super) fn journals(&self) -> Option<Journals> {
        let given = self.state_dir.clone().filter(|directory| !directory.as_os_str().is_empty());
        given.or_else(|| directory(variable)).map(Journals::new)
    }
}

/// Returns a variable; of `HOME`, the user's home directory.
fn variable(name: &str) -> Option<OsString> {
    if name == "HOME" {
        return home().map(PathBuf::into_os_string);
    }
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Returns the directory for state. A relative path is ignored.
///
/// Source: "XDG Base Directory Specification".
fn directory(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    state.map(|state| state.join("rolefs"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn stores_state_in_the_xdg_directory() {
        for (xdg, home, expected) in [
            (Some("/s"), Some("/h"), Some("/s/rolefs")),
            (None, Some("/h"), Some("/h/.local/state/rolefs")),
            (Some("s"), Some("/h"), Some("/h/.local/state/rolefs")),
            (Some(""), None, None),
        ] {
            let variable = |name: &str| if name == "HOME" { home } else { xdg }.map(Into::into);
            assert_eq!(directory(variable), expected.map(PathBuf::from), "{xdg:?} {home:?}");
        }
    }
}
