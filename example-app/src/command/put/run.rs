//! A put from its options to its exit status.

use super::names::Names;
use super::options::{PutOptions, SourceFate, SourceList};
use super::update_summary::UpdateSummary;
use crate::report::Reporter;
use crate::s3::address::path::DefaultFs;
use crate::system::ExitStatus;
use crate::system::local_path::local_path;
use crate::transfer::upload::Uploader;
use crate::transfer::upload::plan::PlanSettings;

/// The destination of the sources.
pub(in crate::command) enum To<'s> {
    S3(Box<Uploader<'s>>),
    /// Nowhere: a plan only shows how each would be cut.
    Nowhere(PlanSettings),
}

pub(in crate::command) struct Put<'s> {
    pub(super) to: To<'s>,
    pub(super) options: &'s PutOptions,
    /// Decides which links are followed, also where nothing is sent, and so nothing deleted.
    pub(super) after: SourceFate,
    /// Files of a directory that are looked at side by side.
    pub(super) at_once: usize,
    pub(in crate::command) reporter: Reporter,
    pub(super) names: Names,
}

impl<'s> Put<'s> {
    pub(in crate::command) fn new(
        to: To<'s>,
        options: &'s PutOptions,
        after: SourceFate,
        at_once: usize,
        reporter: Reporter,
    ) -> Self {
        let names = Names::new(options.sources.manifest.is_some());
        Self { to, options, after, at_once, reporter, names }
    }

    /// Stores objects and directories of one name, one of which the caller deletes later.
    pub(in crate::command) fn resolving_pairs(mut self) -> Self {
        self.names.resolves_pairs = true;
        self
    }
}

impl Put<'_> {
    pub(super) async fn run(self, default_fs: &DefaultFs) -> ExitStatus {
        let plan = match &self.to {
            To::S3(uploader) => uploader.plan(),
            To::Nowhere(plan) => *plan,
        };
        if let Some(what) = self.options.size_without_effect(plan) {
            self.reporter.note(what);
        }
        self.stored(default_fs).await;
        self.ended()
    }

    /// Reports what was done, and returns how it ended.
    pub(in crate::command) fn ended(&self) -> ExitStatus {
        if !self.options.filter.include.is_empty() && self.reporter.is_empty() {
            self.reporter.note("no file matches --include");
        }
        let To::S3(uploader) = &self.to else {
            if self.options.sources.update {
                let what = "files that are up to date are listed, too: S3 is not asked for a plan";
                self.reporter.note(what);
            }
            self.reporter.sum_up(None);
            return self.reporter.ending();
        };
        if self.options.verbose {
            self.reporter.note(uploader.statistics());
        }
        if self.options.sources.update {
            let planned = self.options.dry_run.then(|| self.reporter.successes());
            self.reporter.note(UpdateSummary { statistics: uploader.statistics(), planned });
        }
        if let (true, Some(reason)) =
            (self.options.verbose || self.options.resume, uploader.no_journal())
        {
            let what = "no journal was written, so an interrupted upload cannot be resumed";
            self.reporter.note(format_args!("{what}: {reason}"));
        }
        self.reporter.sum_up(Some(uploader.statistics()));
        let Some(signal) = uploader.interrupt().signal() else { return self.reporter.ending() };
        // Objects that are up to date, or deleted by -sync, are not stored.
        let verb = if self.options.sources.update { "completed" } else { "stored" };
        self.reporter.interrupted(verb);
        ExitStatus::Interrupted(signal)
    }

    async fn stored(&self, default_fs: &DefaultFs) {
        let (destination, sources) = match self.options.named() {
            Ok(named) => named,
            Err(what) => return self.reporter.say(what),
        };
        let Some(destination) = destination.to_str() else {
            return self.reporter.say("the destination is not UTF-8, as keys must be");
        };
        let path = match default_fs.resolve(destination) {
            Err(error) => return self.reporter.say(error),
            Ok(path) => path,
        };
        let local = match sources {
            SourceList::Manifest(_) => Ok(Vec::new()),
            SourceList::CommandLine(sources) => {
                sources.iter().map(|source| local_path(source.as_os_str())).collect()
            }
        };
        match (local, sources) {
            (Err(error), _) => self.reporter.say(error),
            (_, SourceList::Manifest(manifest)) => {
                let manifest = SourceList::Manifest(manifest);
                Box::pin(self.all(manifest, destination, &path, default_fs.keys())).await;
            }
            (Ok(local), SourceList::CommandLine(_)) => {
                let sources = SourceList::CommandLine(&local);
                Box::pin(self.all(sources, destination, &path, default_fs.keys())).await;
            }
        }
    }
}
