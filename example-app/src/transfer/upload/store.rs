//! The requests that store an object: in one, or in parts.

mod abort;
pub(super) mod multipart;
mod outcome;
mod precondition;
mod single;
