//! The common parts of the fuzz targets: texts near the edges of the rules, requests that are
//! changed in transit, and a second implementation of the rules, written to be read and without
//! regard for memory.

use std::path::{Path, PathBuf};

pub mod naive;
pub mod text;
pub mod wire;

/// Returns the path of a file or a directory of this process: in memory, if it can be.
#[must_use]
pub fn scratch(name: &str) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    parent.join(format!("rolesig-fuzz-{}-{name}", std::process::id()))
}
