//! Any bytes as a manifest, in each of its formats: each line gives a source and a name or an
//! error, whatever the reads. A name never leads out of its destination. In JSON it is the one that
//! `serde_json` reads.
#![no_main]

use std::io::BufReader;

use libfuzzer_sys::fuzz_target;
use rolefs::command::put::{Lines, ManifestEntry, ManifestFormat};
use rolefs::s3::address::path::KeySyntax;
use serde_json::Value;

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (format, room, bytes) = input;
    let format = match format % 3 {
        0 => ManifestFormat::Lines,
        1 => ManifestFormat::Nul,
        _ => ManifestFormat::Json,
    };
    let whole: Vec<_> = Lines::new(bytes, format, KeySyntax::Folded).collect();
    let pieces = BufReader::with_capacity(usize::from(room) + 1, bytes);
    let in_pieces: Vec<_> = Lines::new(pieces, format, KeySyntax::Folded).collect();
    assert_eq!(whole, in_pieces);
    for ManifestEntry { path, name } in whole.iter().flatten() {
        assert!(!path.as_os_str().is_empty());
        assert!(!name.starts_with('/') && !name.split('/').any(|name| matches!(name, "." | "..")));
    }
    for line in &whole {
        assert!(line.as_ref().err().is_none_or(|error| !error.contains(['\n', '\x1b'])));
    }
    if let (ManifestFormat::Json, Ok(text)) = (format, str::from_utf8(bytes)) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (line, ours) in text.split_terminator('\n').zip(&whole) {
            let Ok(ManifestEntry { name, .. }) = ours else { continue };
            let theirs: Value = serde_json::from_str(line).unwrap();
            assert!(theirs["key"].as_str().is_none_or(|key| key == name), "{line}");
            assert!(theirs["source"].is_string(), "{line}");
        }
    }
});
