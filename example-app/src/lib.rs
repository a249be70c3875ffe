//! rolefs
