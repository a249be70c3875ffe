//! What the fuzz targets have in common: texts that are near the edges of the rules, and the rules
//! themselves once more, written for being read and without regard for memory.

pub mod naive;
pub mod text;
