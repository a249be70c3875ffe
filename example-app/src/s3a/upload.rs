//! How objects are cut up, and sent.

use super::read::{Read as _, invalid};
use super::retry;
use crate::configuration::{Configuration, ConfigurationError, Setting, value};
use crate::s3::content::checksum::{ChecksumAlgorithm, Integrity};
use crate::upload::UploadSettings;
use crate::upload::plan::{MIN_PART_LEN, PlanSettings};

const PART_LEN: &str = "fs.s3a.multipart.size";
const THRESHOLD: &str = "fs.s3a.multipart.threshold";

/// What is set, and rolefs's own way where nothing is.
pub(super) fn settings(
    configuration: &Configuration,
) -> Result<UploadSettings, ConfigurationError> {
    let default = UploadSettings::default();
    let count = |name| Ok::<_, ConfigurationError>(number(configuration, name)?.map(|n| n.max(1)));
    let threads = count("fs.s3a.threads.max")?.unwrap_or(default.in_flight);
    Ok(UploadSettings {
        plan: plan(configuration, default.plan)?,
        retries: retry::retries(configuration)?,
        in_flight: threads.min(count("fs.s3a.connection.maximum")?.unwrap_or(usize::MAX)),
        parts_in_flight: count("fs.s3a.fast.upload.active.blocks")?
            .unwrap_or(default.parts_in_flight),
        spool_folders: configuration
            .text("fs.s3a.buffer.dir")?
            .map(|folders| value::list(&folders).map(Into::into).collect())
            .unwrap_or_default(),
        integrity: integrity(configuration)?,
    })
}

/// The lengths that are set, and raised.
pub(crate) fn raised(
    configuration: &Configuration,
) -> Result<Vec<(&'static str, Setting<'_>)>, ConfigurationError> {
    let mut raised = Vec::new();
    for name in [PART_LEN, THRESHOLD] {
        if configuration.bytes(name, MIN_PART_LEN)? < MIN_PART_LEN {
            raised.extend(configuration.get(name)?.map(|setting| (name, setting)));
        }
    }
    Ok(raised)
}

/// S3A raises what is below S3's least part length to it, and so does this.
fn plan(
    configuration: &Configuration,
    default: PlanSettings,
) -> Result<PlanSettings, ConfigurationError> {
    let part_len = configuration.bytes(PART_LEN, default.part_len)?;
    let threshold = configuration.bytes(THRESHOLD, default.threshold)?;
    let is_multipart = configuration.is_true_or("fs.s3a.multipart.uploads.enabled", true)?;
    Ok(PlanSettings {
        part_len: part_len.max(MIN_PART_LEN),
        threshold: threshold.max(MIN_PART_LEN),
        max_parts: if is_multipart { default.max_parts } else { 1 },
    })
}

fn integrity(configuration: &Configuration) -> Result<Integrity, ConfigurationError> {
    let named = match configuration.get("fs.s3a.create.checksum.algorithm")? {
        Some(setting) if !setting.value.eq_ignore_ascii_case("NONE") => {
            let expected = "CRC32, CRC32C, CRC64NVME or SHA256";
            let algorithm = setting.value.parse::<ChecksumAlgorithm>();
            Some(algorithm.map_err(|_| invalid(&setting, expected))?)
        }
        _ => None,
    };
    // What AWS's SDK for Java takes where a checksum is wanted, and none is named.
    let is_wanted = configuration.is_true("fs.s3a.checksum.generation")?;
    Ok(Integrity {
        checksum: named.or(is_wanted.then_some(ChecksumAlgorithm::Crc32)),
        md5: configuration.is_true("fs.s3a.request.md5.header")?,
    })
}

fn number(configuration: &Configuration, name: &str) -> Result<Option<usize>, ConfigurationError> {
    let is_set = configuration.get(name)?.is_some();
    let number = usize::try_from(configuration.number(name, 0)?).unwrap_or(usize::MAX);
    Ok(is_set.then_some(number))
}
