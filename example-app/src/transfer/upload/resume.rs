//! Going on with an upload that was cut off.

mod choice;
mod evidence;
mod held;
pub mod search;
