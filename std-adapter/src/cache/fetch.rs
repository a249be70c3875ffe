//! One fetch for all tasks that wait for it.

use tokio::sync::watch;

/// A fetch under way, as each task that waits for it sees it.
pub(super) struct Fetch<A>(watch::Receiver<Option<A>>);

/// The end of a fetch that is still to come. If it is dropped, those who wait learn that there is
/// no answer.
pub(super) struct Completion<A>(watch::Sender<Option<A>>);

impl<A> Fetch<A> {
    /// Creates a fetch, and the end that completes it.
    pub(super) fn new() -> (Completion<A>, Self) {
        let (completion, fetch) = watch::channel(None);
        (Completion(completion), Self(fetch))
    }
}

impl<A: Clone> Fetch<A> {
    /// Waits for the answer; returns `None` if the fetch ended without one.
    pub(super) async fn answer(mut self) -> Option<A> {
        self.0.wait_for(Option::is_some).await.ok()?.clone()
    }
}

impl<A> Clone for Fetch<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<A> Completion<A> {
    /// Gives the answer to all who wait.
    pub(super) fn complete(&self, answer: A) {
        self.0.send_replace(Some(answer));
    }
}
