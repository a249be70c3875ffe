//! One object: fetched, checked, and given its name.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::RwLock;
use tokio::task::spawn_blocking;

use super::local::{Kept, LocalFile, in_words};
use super::options::GetOptions;
use crate::command::shell::{NO_SUCH_FILE, Shell};
use crate::report::Reporter;
use crate::report::object_progress::ObjectProgress;
use crate::report::progress::Planned;
use crate::s3::Attributes;
use crate::s3::address::path::S3Path;
use crate::s3::error::kind::S3ErrorKind;
use crate::system::descriptors;
use crate::system::excerpt::printable;
use crate::transfer::download::{Download, DownloadError, Expected};
use crate::transfer::event::TransferEvent;
use crate::transfer::upload::Interrupt;

/// A get in progress.
pub(in crate::command) struct Get<'s> {
    pub(in crate::command) shell: Shell<'s>,
    pub(in crate::command) options: &'s GetOptions,
    pub(in crate::command) reporter: Reporter,
    pub(in crate::command) interrupt: Interrupt,
    /// Locked for reading while a file gets its name.
    publishing: Arc<RwLock<()>>,
}

impl<'s> Get<'s> {
    pub(in crate::command) fn new(
        shell: Shell<'s>,
        options: &'s GetOptions,
        reporter: Reporter,
        interrupt: Interrupt,
    ) -> Self {
        Self { shell, options, reporter, interrupt, publishing: Arc::default() }
    }
}

impl Get<'_> {
    /// Waits until files that are being published have their names.
    pub(in crate::command) async fn published(&self) {
        drop(self.publishing.write().await);
    }

    /// Fetches an object to exactly this path.
    pub(in crate::command) async fn file(
        &self,
        path: &S3Path,
        (expected, planned): (Expected<'_>, Planned),
        written: &str,
        target: &Path,
    ) {
        let create = || LocalFile::create(target, self.options.overwrite);
        let local = match descriptors::patiently(create).await {
            Ok(local) => local,
            Err(error) => return self.reporter.about(target.display(), in_words(&error)),
        };
        let progress = ObjectProgress::open(&self.reporter, path, target, None);
        drop(planned);
        progress.foresee(expected.0);
        let published = match self.content(path, expected, &local, &progress).await {
            // It existed when it was listed or looked up.
            Err(DownloadError::S3(error)) if error.kind() == Some(S3ErrorKind::NoSuchKey) => {
                return progress.failed(written, NO_SUCH_FILE, error.request_id());
            }
            Err(DownloadError::Write(error)) => Err(error),
            Err(error) => return progress.failed(written, &error, error.request_id()),
            Ok(attributes) => {
                if let (true, Some(error)) =
                    (self.options.preserve, attributes.stored_time().error())
                    && attributes.modified_at().is_none()
                {
                    self.reporter
                        .note(format_args!("`{}': {error}, and is not kept", printable(written)));
                }
                let kept = Kept::of(&attributes, self.options.preserve);
                progress.on_event(TransferEvent::Whole { stored: &attributes.confirmation() });
                self.publish(local, kept).await
            }
        };
        match published {
            Ok(()) => progress.done(),
            Err(error) => progress.failed(target.display(), in_words(&error), None),
        }
    }

    /// Publishes a file as a whole or not at all, even if a signal arrives.
    async fn publish(&self, local: LocalFile, kept: Kept) -> io::Result<()> {
        let publishing = Arc::clone(&self.publishing).read_owned().await;
        let with_crc = self.options.crc;
        let published = spawn_blocking(move || {
            let _until_it_is_done = publishing;
            local.publish(&kept, with_crc)
        });
        published.await.map_err(io::Error::other)?
    }

    async fn content(
        &self,
        path: &S3Path,
        expected: Expected<'_>,
        local: &LocalFile,
        progress: &ObjectProgress<'_>,
    ) -> Result<Attributes, DownloadError> {
        let writer = descriptors::patiently(|| local.writer()).await;
        let mut writer = writer.map_err(DownloadError::Write)?;
        let is_checked = !self.options.ignore_crc;
        let download = Download::new(self.shell.s3, path, is_checked).expecting(expected);
        download.to(&mut writer, &|event| progress.on_event(event)).await
    }
}
