//! Settings of uploads: sizes, requests in flight, checksums.

use super::connection::retries;
use super::table::form::{ChecksumChoice, Count};
use super::table::{Name, rows};
use crate::configuration::{Configuration, ConfigurationError, Setting};
use crate::s3::content::checksum::{ChecksumAlgorithm, Integrity};
use crate::transfer::upload::UploadSettings;
use crate::transfer::upload::plan::{MIN_PART_LEN, PlanSettings};

/// Reads the settings of uploads, with rolefs's defaults where none are set.
pub(super) fn settings(
    configuration: &Configuration,
) -> Result<UploadSettings, ConfigurationError> {
    let default = UploadSettings::default();
    let count = |name: Name<Count>| -> Result<_, ConfigurationError> {
        let number = name.read(configuration)?.map(|number| usize::try_from(number.max(1)));
        Ok(number.map(|number| number.unwrap_or(usize::MAX)))
    };
    let folders = rows::BUFFER_DIR.read(configuration)?.unwrap_or_default();
    let threads = count(rows::THREADS)?.unwrap_or(default.in_flight);
    Ok(UploadSettings {
        plan: plan(configuration, default.plan)?,
        retries: retries(configuration)?,
        in_flight: threads.min(count(rows::CONNECTIONS)?.unwrap_or(usize::MAX)),
        parts_in_flight: count(rows::ACTIVE_BLOCKS)?.unwrap_or(default.parts_in_flight),
        spool_setting: if folders.is_empty() {
            default.spool_setting
        } else {
            rows::BUFFER_DIR.name
        },
        spool_folders: folders.into_iter().map(Into::into).collect(),
        integrity: integrity(configuration)?,
    })
}

/// Returns the lengths below S3's least part length, which are raised to it.
pub(super) fn raised(
    configuration: &Configuration,
) -> Result<Vec<(&'static str, Setting<'_>)>, ConfigurationError> {
    let mut raised = Vec::new();
    for name in [rows::PART_LEN, rows::THRESHOLD] {
        if name.read(configuration)?.is_some_and(|len| len < MIN_PART_LEN) {
            raised.extend(name.setting(configuration)?.map(|setting| (name.name, setting)));
        }
    }
    Ok(raised)
}

/// Reads the sizes of parts. As S3A does, it raises lengths below S3's least part length to it.
fn plan(
    configuration: &Configuration,
    default: PlanSettings,
) -> Result<PlanSettings, ConfigurationError> {
    let part_len = rows::PART_LEN.read(configuration)?.unwrap_or(default.part_len);
    let threshold = rows::THRESHOLD.read(configuration)?.unwrap_or(default.threshold);
    let is_multipart = rows::MULTIPART.read(configuration)?.unwrap_or(true);
    Ok(PlanSettings {
        part_len: part_len.max(MIN_PART_LEN),
        threshold: threshold.max(MIN_PART_LEN),
        max_parts: if is_multipart { default.max_parts } else { 1 },
        ..default
    })
}

fn integrity(configuration: &Configuration) -> Result<Integrity, ConfigurationError> {
    let named = rows::CHECKSUM.read(configuration)?.and_then(ChecksumChoice::algorithm);
    // The checksum that AWS's SDK for Java takes where one is wanted, and none is named.
    let is_wanted = rows::CHECKSUM_GENERATION.is_on(configuration)?;
    Ok(Integrity {
        checksum: named.or(is_wanted.then_some(ChecksumAlgorithm::Crc32)),
        md5: rows::MD5.is_on(configuration)?,
    })
}
