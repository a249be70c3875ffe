//! The summary of `--update`.

use core::fmt;

use crate::transfer::upload::Statistics;

/// The summary of `--update`.
pub(super) struct UpdateSummary {
    pub(super) statistics: Statistics,
    /// The number of objects that would be stored, if nothing is.
    pub(super) planned: Option<u64>,
}

impl fmt::Display for UpdateSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Statistics { up_to_date, objects, incomparable, .. } = self.statistics;
        match self.planned {
            Some(planned) => write!(f, "{up_to_date} up to date, {planned} to store")?,
            None => write!(f, "{up_to_date} up to date, {objects} stored")?,
        }
        if incomparable > 0 {
            write!(
                f,
                "; {incomparable} of the same length, since S3 reports nothing of their content to \
                 compare: --checksum has it keep a checksum"
            )?;
        }
        Ok(())
    }
}
