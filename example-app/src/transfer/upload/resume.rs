//! Going on with an upload that was cut off.

mod choice;
pub(super) mod copy;
mod evidence;
mod held;
pub mod search;
