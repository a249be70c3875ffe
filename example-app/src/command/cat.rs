//! `rolefs -cat <src> ...`: objects, one after the other, to stdout.

use http_body_util::BodyExt;
use tokio::io::{AsyncWriteExt, Stdout};
use tokio::time::timeout;

use super::{Complaints, Ending, NO_SUCH_FILE};
use crate::s3::path::S3Path;
use crate::s3::{Kind, S3, S3Failure};

/// Writes the objects to stdout. One that is not there is reported, and the next is written.
pub async fn cat(s3: &S3, sources: &[String]) -> Ending {
    let complaints = Complaints::of("cat");
    let mut stdout = tokio::io::stdout();
    for source in sources {
        match S3Path::parse(source) {
            Err(error) => complaints.say(error),
            Ok(path) => {
                if let Err(reason) = copy(s3, &path, &mut stdout).await {
                    complaints.about(source, reason);
                }
            }
        }
    }
    complaints.ending()
}

async fn copy(s3: &S3, path: &S3Path, stdout: &mut Stdout) -> Result<(), String> {
    if path.is_written_as_directory() {
        return Err("Is a directory".to_owned());
    }
    let mut response = match s3.get(path).await {
        Ok(response) => response,
        Err(S3Failure::S3(error)) if error.code == "NoSuchKey" => {
            let is_directory = matches!(s3.kind(path).await, Ok(Kind::Directory));
            return Err(if is_directory { "Is a directory" } else { NO_SUCH_FILE }.to_owned());
        }
        Err(error) => return Err(error.to_string()),
    };
    let limit = s3.timeouts().answer;
    let no_more = |_| S3Failure::Timeout(limit).to_string();
    while let Some(frame) = timeout(limit, response.frame()).await.map_err(no_more)? {
        let frame = frame.map_err(|error| S3Failure::Body(error.into()).to_string())?;
        if let Ok(data) = frame.into_data() {
            stdout.write_all(&data).await.map_err(|error| error.to_string())?;
        }
    }
    stdout.flush().await.map_err(|error| error.to_string())
}
