//! `rolefs -touchz <path> ...`: objects without content.

use http::HeaderMap;

use super::shell::{Missing, Shell};
use super::{Complaints, Ending, IS_A_DIRECTORY};
use crate::s3::Status;
use crate::s3::address::path::S3Path;
use crate::s3::content::condition::Condition;
use crate::upload::{Interrupt, Target, UploadError, Uploader};

/// Makes empty objects, and new ones of those that are empty. One with content stays as it is, and
/// is reported.
pub async fn touchz(shell: Shell<'_>, paths: &[String]) -> Ending {
    let complaints = Complaints::of("touchz");
    for written in paths {
        match shell.find(written).await {
            Ok(items) => {
                for item in items {
                    match &item.status {
                        Status::Directory => complaints.about(&item.written, IS_A_DIRECTORY),
                        Status::File(attributes) if attributes.len != Some(0) => {
                            complaints.about(&item.written, "Not a zero-length file");
                        }
                        Status::File(_) => {
                            touch(shell, &item.path, &item.written, Condition::Always, &complaints)
                                .await;
                        }
                    }
                }
            }
            Err(Missing::Absent(shown)) => match shell.default_fs.resolve(written) {
                Ok(path) if path.is_written_as_directory() => {
                    complaints.about(shown, "Is a directory: name the object without the slash");
                }
                Ok(path) => match shell.s3.object_above(&path).await {
                    Ok(None) => {
                        touch(shell, &path, &shown, Condition::Absent, &complaints).await;
                    }
                    Ok(Some(above)) => complaints.about(shown, UploadError::BelowObject(above)),
                    Err(failure) => complaints.about(shown, failure),
                },
                Err(error) => complaints.say(error),
            },
            Err(missing) => missing.tell(&complaints),
        }
    }
    complaints.ending()
}

async fn touch(
    shell: Shell<'_>,
    path: &S3Path,
    written: &str,
    condition: Condition<'_>,
    complaints: &Complaints,
) {
    let uploader = Uploader::new(shell.s3, shell.upload.clone(), Interrupt::default());
    let target = Target { path, headers: &HeaderMap::new(), condition, on_step: &|_| () };
    if let Err(error) = uploader.nothing(&target).await {
        let without = "-put -f of an empty file";
        complaints.about(written, error.shown_with(condition, without));
    }
}
