//! The content type that belongs to an extension.

use std::path::Path;

/// Lines of an extension and its type, in order: made by `build.rs`.
const TYPES: &str = include_str!(concat!(env!("OUT_DIR"), "/content_types"));

/// Returns the type that belongs to the extension of a key, if the extension is known.
pub(super) fn of(key: &str) -> Option<&'static str> {
    let extension = Path::new(key).extension()?.to_str()?.to_ascii_lowercase();
    let mut lines = TYPES;
    loop {
        let (line, before, after) = middle(lines)?;
        let (found, content_type) = line.split_once(' ')?;
        lines = match extension.as_str().cmp(found) {
            core::cmp::Ordering::Less => before,
            core::cmp::Ordering::Equal => return Some(content_type),
            core::cmp::Ordering::Greater => after,
        };
    }
}

/// Returns the line in the middle, and the lines before and after it.
fn middle(lines: &str) -> Option<(&str, &str, &str)> {
    let (first_half, _) = lines.split_at_checked(lines.len() / 2)?;
    let begin = first_half.rfind('\n').map_or(0, |end| end + 1);
    let (before, rest) = lines.split_at_checked(begin)?;
    let (line, after) = rest.split_once('\n')?;
    Some((line, before, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_types_of_the_library() {
        let extensions = mime_guess::get_mime_extensions_str("*/*").unwrap();
        assert!(extensions.len() > 1000);
        for extension in extensions {
            for key in [format!("a/b.{extension}"), format!("b.{}", extension.to_uppercase())] {
                assert_eq!(of(&key), mime_guess::from_path(&key).first_raw(), "{key}");
            }
        }
        for key in ["", "a", "a.", "a.csv/b", ".csv", "a.nosuchtype", "a.0", "a.zzzzz", "a.é"] {
            assert_eq!(of(key), mime_guess::from_path(key).first_raw(), "{key}");
        }
    }
}
