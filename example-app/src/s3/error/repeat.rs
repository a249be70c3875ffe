//! The loop of attempts, which every request that can be repeated goes through.

/// A request with its attempts.
pub(crate) trait Repeated {
    /// The reason why an attempt failed.
    type AttemptError;
    /// The reason why there is no further attempt.
    type Error;

    /// Makes one attempt.
    async fn attempt(&mut self) -> Result<(), Self::AttemptError>;

    /// Waits until it is time for the next attempt.
    ///
    /// # Errors
    /// If there is no further attempt.
    async fn pause(&mut self, failure: Self::AttemptError) -> Result<(), Self::Error>;
}

/// Makes attempts until one succeeds, or no further one is allowed.
///
/// # Errors
/// As [`Repeated::pause`].
pub(crate) async fn repeat<R: Repeated>(request: &mut R) -> Result<(), R::Error> {
    loop {
        match request.attempt().await {
            Ok(()) => return Ok(()),
            Err(failure) => request.pause(failure).await?,
        }
    }
}
