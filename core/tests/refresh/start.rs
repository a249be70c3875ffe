//! When it all begins.

/// The credentials that scenarios begin with came at this time and lives for an hour.
pub(crate) const START: u32 = 1_440_938_160;

pub(crate) const LIFETIME: u64 = 3600;
