//! Time as a value: AWS's dates, a clock's skew, and how long a presigned request lives.

pub(crate) mod expires;
pub(crate) mod skew;
pub(crate) mod timestamp;
