//! Walks through the entries below a directory, which several commands share.

use core::pin::pin;

use futures_util::TryStreamExt as _;

use super::shell::Item;
use crate::report::Reporter;
use crate::s3::S3;
use crate::s3::error::listing::UndecodableKey;
use crate::s3::operation::page::Object;

/// Calls `visit` with each object below a directory, in the order of the listing. Keys that are not
/// UTF-8, and a listing that ends too soon, are reported. The walk ends where stdout is lost.
pub(super) async fn walk(s3: &S3, item: &Item, reporter: &Reporter, visit: &mut dyn FnMut(Object)) {
    let prefix = item.path.directory_prefix();
    let mut pages = pin!(s3.pages(&item.path, &prefix, ""));
    loop {
        match pages.try_next().await {
            Err(error) => return reporter.about(&item.written, error),
            Ok(None) => return,
            Ok(Some(_)) if reporter.is_stdout_lost() => return,
            Ok(Some(page)) => {
                for UndecodableKey { escaped, .. } in page.not_utf_8 {
                    reporter.about(item.path.with_key(escaped), UndecodableKey::REASON);
                }
                page.objects.into_iter().for_each(&mut *visit);
            }
        }
    }
}

/// Returns all objects below a directory.
pub(super) async fn objects_below(s3: &S3, item: &Item, reporter: &Reporter) -> Vec<Object> {
    let mut objects = Vec::new();
    walk(s3, item, reporter, &mut |object| objects.push(object)).await;
    objects
}

/// The directories between a root and the object at hand. A listing has the objects of each
/// directory side by side.
#[derive(Debug, Default)]
pub(super) struct Directories(Vec<String>);

impl Directories {
    /// Goes to the object of this name below the root, and returns the names of the directories on
    /// the way that were not visited yet. A marker is in the directory that it represents.
    pub(super) fn enter(&mut self, name: &str) -> Vec<String> {
        let names: Vec<_> = name.split('/').collect();
        let (_, directories) = names.split_last().unwrap_or((&"", &[]));
        let same = self.0.iter().zip(directories).take_while(|(one, other)| one == *other).count();
        self.0.truncate(same);
        let mut entered = Vec::new();
        for directory in directories.iter().skip(same) {
            self.0.push((*directory).to_owned());
            entered.push(self.0.join("/"));
        }
        entered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enters_each_directory_once() {
        let mut directories = Directories::default();
        for (name, entered) in [
            ("a", &[][..]),
            ("d/", &["d"]),
            ("d/e/f/x", &["d/e", "d/e/f"]),
            ("d/e/y", &[]),
            ("d/z", &[]),
            ("g/e/x", &["g", "g/e"]),
        ] {
            assert_eq!(directories.enter(name), entered, "{name}");
        }
    }
}
