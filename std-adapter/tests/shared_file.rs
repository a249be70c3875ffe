//! One file, many processes: real ones, a real file, and a metadata service that counts.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;
use std::{fs, thread};

use rolesig_std::cache::{CacheError, CacheSettings, SharedFile, SharedFileError};
use rolesig_std::http::Timeouts;
use rolesig_std::provider::{ImdsEndpoint, ImdsError, ImdsProvider};
use rolesig_std::{Cache, Identity, Source};

/// A metadata service whose every document is another one.
struct Service {
    endpoint: String,
    documents: Arc<AtomicUsize>,
}

impl Service {
    /// Answers documents after a while, with this status.
    fn new(takes: Duration, status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let documents = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&documents);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let count = Arc::clone(&count);
                thread::spawn(move || drop(respond(stream.unwrap(), &count, takes, status)));
            }
        });
        Self { endpoint, documents }
    }

    fn documents(&self) -> usize {
        self.documents.load(Ordering::SeqCst)
    }
}

fn respond(
    mut stream: TcpStream,
    count: &AtomicUsize,
    takes: Duration,
    status: u16,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let (mut code, mut body) = (200, "role".to_owned());
    if head.starts_with(b"PUT") {
        "token".clone_into(&mut body);
    } else if head.windows(10).any(|part| part == b"-extended/") {
        (code, body) = (404, String::new());
    } else if head.windows(6).any(|part| part == b"/role ") {
        let number = count.fetch_add(1, Ordering::SeqCst);
        thread::sleep(takes);
        code = status;
        body = format!(
            r#"{{"Code":"Success","AccessKeyId":"ASIA{number}","SecretAccessKey":"the-secret","Token":"the-token","Expiration":"2099-01-01T00:00:00Z"}}"#
        );
    }
    write!(stream, "HTTP/1.1 {code} X\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn cache(endpoint: &str, directory: &Path, key: &str) -> Cache<ImdsProvider> {
    let patient = Duration::from_secs(60);
    let mut timeouts = Timeouts::default();
    (timeouts.connect, timeouts.read, timeouts.total) = (patient, patient, patient);
    timeouts.attempts = 1;
    let provider = ImdsProvider::new(endpoint.parse::<ImdsEndpoint>().unwrap(), timeouts);
    let mut settings = CacheSettings::default();
    settings.shared_file = Some(SharedFile::new(directory, key).unwrap());
    Cache::with_settings(provider, settings)
}

fn identity(cache: &Cache<ImdsProvider>) -> Result<Arc<Identity>, CacheError<ImdsError>> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap().block_on(cache.identity())
}

fn id(cache: &Cache<ImdsProvider>) -> String {
    identity(cache).unwrap().credentials().access_key_id.to_owned()
}

/// The file itself, of the only key in a directory.
fn path(directory: &Path) -> std::path::PathBuf {
    SharedFile::new(directory, "imds").unwrap().path().to_owned()
}

const ENDPOINT: &str = "SHARED_FILE_TEST_ENDPOINT";
const DIRECTORY: &str = "SHARED_FILE_TEST_DIRECTORY";

/// One process. The tests below run this one in many: this program is the child, too, so that no
/// other has to be built for it.
#[test]
fn fetches_credentials_in_one_process() {
    let print = |endpoint: &str, directory: &Path| {
        let identity = identity(&cache(endpoint, directory, "imds")).unwrap();
        println!("it got {}", identity.credentials().access_key_id);
        identity
    };
    if let [Ok(endpoint), Ok(directory)] = [ENDPOINT, DIRECTORY].map(std::env::var) {
        print(&endpoint, Path::new(&directory));
        return;
    }
    let (service, directory) = (Service::new(Duration::ZERO, 200), tempfile::tempdir().unwrap());
    for _ in 0..2 {
        let identity = print(&service.endpoint, directory.path());
        assert_eq!(identity.credentials().access_key_id, "ASIA0");
    }
    assert_eq!(service.documents(), 1);
}

fn spawn(service: &Service, directory: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "fetches_credentials_in_one_process", "--nocapture"])
        .env(ENDPOINT, &service.endpoint)
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn fetches_once_for_fifty_processes() {
    let service = Service::new(Duration::from_millis(300), 200);
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().join("shared");
    let children: Vec<_> = (0..50).map(|_| spawn(&service, &directory)).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        assert!(String::from_utf8(output.stdout).unwrap().contains("it got ASIA0"));
    }
    assert_eq!(service.documents(), 1);
}

#[test]
fn recovers_from_a_process_killed_while_fetching() {
    let stuck = Service::new(Duration::from_secs(600), 200);
    let directory = tempfile::tempdir().unwrap();
    let mut child = spawn(&stuck, directory.path());
    while stuck.documents() == 0 {
        thread::sleep(Duration::from_millis(10));
    }
    let service = Service::new(Duration::ZERO, 200);
    let cache = cache(&service.endpoint, directory.path(), "imds");
    let waits = thread::spawn(move || (id(&cache), Instant::now()));
    thread::sleep(Duration::from_millis(300));
    assert_eq!(service.documents(), 0, "it waits for the one with the lock");
    let killed = Instant::now();
    child.kill().unwrap();
    child.wait().unwrap();
    let (id, got) = waits.join().unwrap();
    assert_eq!(id, "ASIA0");
    // Far less than the minute that a fetch may take.
    assert!(got.duration_since(killed) < Duration::from_secs(40));
}

#[test]
fn reads_the_source_of_shared_credentials() {
    let service = Service::new(Duration::ZERO, 200);
    let directory = tempfile::tempdir().unwrap();
    let one = identity(&cache(&service.endpoint, directory.path(), "imds")).unwrap();
    let other = identity(&cache(&service.endpoint, directory.path(), "imds")).unwrap();
    assert_eq!(service.documents(), 1);
    assert_eq!(other.credentials().secret_access_key, "the-secret");
    assert_eq!(other.credentials().session_token, Some("the-token"));
    assert_eq!(other.expires_at(), one.expires_at());
    let from = one.source().to_string();
    assert_eq!(*other.source(), Source::SharedFile { from });
}

#[test]
fn separates_two_keys() {
    let service = Service::new(Duration::ZERO, 200);
    let directory = tempfile::tempdir().unwrap();
    let one = cache(&service.endpoint, directory.path(), "one");
    let other = cache(&service.endpoint, directory.path(), "other");
    assert_eq!((id(&one), id(&other)), ("ASIA0".to_owned(), "ASIA1".to_owned()));

    // Not even where one has the other's file.
    let [from, to] = ["one", "imds"].map(|key| SharedFile::new(directory.path(), key).unwrap());
    fs::copy(from.path(), to.path()).unwrap();
    assert_eq!(id(&cache(&service.endpoint, directory.path(), "imds")), "ASIA2");
}

#[test]
fn replaces_files_that_cannot_be_trusted() {
    let service = Service::new(Duration::ZERO, 200);
    let directory = tempfile::tempdir().unwrap();
    let path = path(directory.path());
    let get = || id(&cache(&service.endpoint, directory.path(), "imds"));
    assert_eq!(get(), "ASIA0");
    let whole = fs::read_to_string(&path).unwrap();
    let expired = |text: &str| {
        let begins = text.find(r#""expires_at":"#).unwrap();
        let ends = begins + text[begins..].find(',').unwrap();
        format!("{}\"expires_at\":1440938160{}", &text[..begins], &text[ends..])
    };
    let damaged = [
        String::new(),
        whole[..whole.len() / 2].to_owned(),
        whole.replace(r#""version":2"#, r#""version":1"#),
        whole.replace("the-secret", ""),
        expired(&whole),
        "x".repeat(1 << 20),
    ];
    for (number, text) in (1..).zip(damaged) {
        fs::write(&path, &text).unwrap();
        assert_eq!(get(), format!("ASIA{number}"), "{text}");
        assert_eq!(get(), format!("ASIA{number}"), "it was replaced");
    }

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(get(), "ASIA7", "somebody else could read it");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    // A crash left this.
    fs::write(path.with_extension("new"), "half").unwrap();
    fs::write(&path, "").unwrap();
    assert_eq!((get(), get()), ("ASIA8".to_owned(), "ASIA8".to_owned()));
}

#[test]
fn keeps_the_file_private() {
    let service = Service::new(Duration::ZERO, 200);
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("a/b");
    id(&cache(&service.endpoint, &directory, "imds"));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 2, "the file and its lock");
    for file in fs::read_dir(&directory).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }

    let open = parent.path().join("open");
    fs::DirBuilder::new().mode(0o700).create(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let error = SharedFile::new(&open, "imds").unwrap_err();
    assert!(matches!(error, SharedFileError::Open { mode: 0o777, .. }));
    assert!(error.to_string().contains("run `chmod go-w "), "{error}");

    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    let error = SharedFile::new(&file, "imds").unwrap_err();
    assert!(matches!(error, SharedFileError::Directory { .. }), "{error}");
    let error = SharedFile::new(file.join("below"), "imds").unwrap_err();
    assert!(matches!(error, SharedFileError::Directory { .. }), "{error}");
}

#[test]
fn shares_a_failure_with_other_processes_for_a_while() {
    let service = Service::new(Duration::ZERO, 400);
    let directory = tempfile::tempdir().unwrap();
    let [one, other] = [0, 1].map(|_| cache(&service.endpoint, directory.path(), "imds"));
    assert!(matches!(identity(&one), Err(CacheError::Provider(_))));
    let error = identity(&other).unwrap_err();
    assert!(matches!(error, CacheError::OtherProcess(_)), "{error}");
    assert_eq!(service.documents(), 1);
    assert!(!fs::read_to_string(path(directory.path())).unwrap().contains("secret"));
}

#[test]
fn works_without_a_writable_file() {
    let service = Service::new(Duration::ZERO, 200);
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("gone");
    let cache = cache(&service.endpoint, &directory, "imds");
    fs::remove_dir(&directory).unwrap();
    assert_eq!(id(&cache), "ASIA0");
    let error = cache.shared_file_error().unwrap();
    assert!(matches!(*error, SharedFileError::File { .. }), "{error}");
}

#[test]
fn does_not_block_on_a_pipe_instead_of_a_file() {
    let service = Service::new(Duration::ZERO, 200);
    let directory = tempfile::tempdir().unwrap();
    let path = path(directory.path());
    let pipe = |path: &Path| {
        let _ = fs::remove_file(path);
        assert!(Command::new("mkfifo").arg("-m600").arg(path).status().unwrap().success());
    };
    let get = || {
        let (endpoint, directory) = (service.endpoint.clone(), directory.path().to_owned());
        let (sender, receiver) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let cache = cache(&endpoint, &directory, "imds");
            drop(sender.send((id(&cache), cache.shared_file_error())));
        });
        receiver.recv_timeout(Duration::from_secs(30)).expect("it waits for somebody to write")
    };
    pipe(&path);
    let (id, error) = get();
    assert_eq!(id, "ASIA0");
    assert!(error.is_none());
    assert!(fs::metadata(&path).unwrap().is_file(), "it was replaced");

    fs::remove_file(&path).unwrap();
    pipe(&path.with_extension("lock"));
    let (id, error) = get();
    assert_eq!(id, "ASIA1");
    assert!(matches!(*error.unwrap(), SharedFileError::NoFile { .. }));
}
