//! The documentation of S3A's settings.

use rolefs::s3a::table::document;

const SETTINGS: &str = include_str!("../../docs/settings.md");

#[test]
fn the_documented_settings_are_current() {
    assert!(
        document::markdown() == SETTINGS,
        "docs/settings.md is outdated: cargo run -p rolefs --example settings > docs/settings.md"
    );
}
