//! Resuming an interrupted upload.

mod choice;
pub(super) mod copy;
mod evidence;
mod held;
pub mod search;
