//! Prints the table of S3A's settings: `cargo run -p rolefs --example settings > docs/settings.md`.

use std::io::{self, Write as _};

use rolefs::s3a::table::document;

fn main() -> io::Result<()> {
    io::stdout().write_all(document::markdown().as_bytes())
}
