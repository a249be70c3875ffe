//! The documentation of S3A's settings.
#![cfg(test)]

use std::fs;
use std::path::Path;

use rolefs::s3a::table::document;

#[test]
fn documents_the_current_settings() -> std::io::Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/settings.md");
    assert!(
        document::markdown() == fs::read_to_string(file)?,
        "docs/settings.md is outdated: cargo run -p rolefs --example settings > docs/settings.md"
    );
    Ok(())
}
