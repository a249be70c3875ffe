//! Each public type that can hold a secret, and the program as its user runs it, with marked
//! secrets: `Debug`, errors, output, journals, temporary files and the list of processes show none,
//! in no form. `tests/secrets/check.py` fails if a public type is neither walked here nor listed as
//! one that cannot hold any.
#![cfg(test)]
#![cfg(unix)]

#[path = "../../../core/tests/marked_secrets/marks.rs"]
mod marks;
#[path = "../program/mod.rs"]
mod program;
mod runs;
mod types;
