//! Signing of raw HTTP requests, stage by stage, for `-sign` and `-explain`.

pub(crate) mod host;
pub(crate) mod input;
pub mod options;
pub mod raw_request;
pub(crate) mod region;
pub(crate) mod stages;
