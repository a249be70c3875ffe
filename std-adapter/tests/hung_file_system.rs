//! A cache whose shared file is on a file system that hangs, in virtual time.

use core::mem;
use core::time::Duration;

use rolesig::Credentials;
use rolesig_std::cache::{CacheSettings, SharedFile, SharedFileError};
use rolesig_std::provider::StaticProvider;
use rolesig_std::{Cache, Clock, Identity, Source};
use tokio::time::{Instant, timeout};

/// Work that is started and never ends holds its lock, as a thread in a system call does.
#[tokio::test(start_paused = true)]
async fn answers_without_the_shared_file() {
    let directory = tempfile::tempdir().unwrap();
    let credentials =
        Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
    let mut settings = CacheSettings::default();
    settings.shared_file = Some(SharedFile::new(directory.path(), "key").unwrap());
    settings.clock = Clock { start: |work| mem::forget(work), ..Clock::SYSTEM };
    let identity = Identity::new(credentials, None, None, Source::Environment);
    let cache = Cache::with_settings(StaticProvider::new(identity), settings);

    let asked = Instant::now();
    let identity = timeout(Duration::from_secs(60), cache.identity()).await.unwrap().unwrap();
    assert_eq!(identity.credentials().access_key_id, "AKID");
    // Two uses of the file, of which each has five seconds.
    assert!(asked.elapsed() <= Duration::from_secs(10), "{:?}", asked.elapsed());
    let error = cache.shared_file_error().unwrap();
    assert!(matches!(*error, SharedFileError::Slow { .. }), "{error}");
}
