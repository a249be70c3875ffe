//! The table of settings: one row for each setting of S3A and of EMRFS, with what rolefs does with
//! it. `rows` holds the rows, sorted by the treatment of a setting: followed, read as another,
//! refused or ignored.
//!
//! Everything that rolefs knows about a name comes from its row: the default, the parser, the
//! refusal with its remedy, the notes of `-showConfig`, the warnings about unknown names, and
//! `docs/settings.md` ([`document`]).

use crate::configuration::{Configuration, OldNames, ValueOrigin};

pub mod document;
pub(super) mod form;
pub(super) mod read;
mod row;
pub(super) mod rows;

pub(super) use row::Name;
pub use row::{RefusedWhen, Row, Treatment};
use rows::{EMRFS, FOLLOWED, IGNORED, OLD_NAMES, REFUSED};

/// The setting with the classes that give credentials.
pub const PROVIDERS: &str = rows::PROVIDERS.name;
/// The setting with the secret access key.
pub const SECRET_KEY: &str = rows::SECRET_KEY.name;

/// Returns the rows of Hadoop's and S3A's settings, old names apart.
pub fn s3a_rows() -> impl Iterator<Item = &'static Row> {
    [FOLLOWED, REFUSED, IGNORED].into_iter().flatten()
}

/// Returns the row of a setting of S3A or EMRFS. The row of a group, such as `fs.s3a.committer.*`,
/// counts for names that have no row.
pub fn find(name: &str) -> Option<&'static Row> {
    s3a_rows().chain(EMRFS).filter(|row| row.covers(name)).max_by_key(|row| row.name.len())
}

/// Returns the refused settings of S3A: name, condition and remedy.
pub(super) fn refusals() -> impl Iterator<Item = (&'static str, RefusedWhen, &'static str)> {
    REFUSED.iter().filter_map(|row| match row.treatment {
        Treatment::Refused(condition, remedy) => Some((row.name, condition, remedy)),
        _ => None,
    })
}

/// Returns the configuration with S3A's defaults and old names. To be called before files and
/// definitions are added.
#[must_use]
pub fn added_to(configuration: Configuration) -> Configuration {
    let default = |row: &'static Row| Some((row.name, row.default?));
    configuration.with_old_names(OLD_NAMES).with_defaults(s3a_rows().filter_map(default))
}

/// Returns the settings of S3A without a row: misspelt names, or settings of other versions.
pub fn unknown(configuration: &Configuration) -> Vec<(&str, &ValueOrigin)> {
    let names = configuration.names("fs.s3a.").filter(|name| find(name).is_none());
    names.filter_map(|name| Some((name, &configuration.property(name)?.origin))).collect()
}

/// Returns whether S3A reads a setting as a password (`S3AUtils.lookupPassword`): also from
/// keystores, and also under a bucket's prefix with the whole name after it.
pub(super) fn is_password(name: &str) -> bool {
    let old_names: OldNames = OLD_NAMES;
    let name = old_names.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new);
    FOLLOWED.iter().any(|row| row.name == name && row.is_password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_one_row() {
        let mut names: Vec<_> = s3a_rows().chain(EMRFS).map(|row| row.name).collect();
        names.sort_unstable();
        let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn has_a_row_for_each_counterpart() {
        for row in EMRFS {
            if let Treatment::ReadAs(name) = row.treatment {
                assert!(
                    find(name).is_some_and(|found| found.name.starts_with("fs.s3a.")),
                    "{name}"
                );
            }
        }
        for (old, new) in OLD_NAMES.iter().filter(|(old, _)| old.starts_with("fs.s3a.")) {
            assert!(find(new).is_some(), "{old}");
        }
    }
}
