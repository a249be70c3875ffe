//! Resuming an interrupted upload.

mod choice;
mod completed;
pub(super) mod copy;
mod evidence;
mod held;
pub mod search;
