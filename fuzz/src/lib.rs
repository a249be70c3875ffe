//! The common parts of the fuzz targets: texts near the edges of the rules, requests that are
//! changed on their way, and a second implementation of the rules, written to be read and without
//! regard for memory.

pub mod naive;
pub mod text;
pub mod wire;
