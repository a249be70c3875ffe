//! Programs that print credentials, and those that misbehave: each is a real one, run by `sh`.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

use core::time::Duration;
use std::path::PathBuf;

use rolesig_std::provider::{ProcessError, ProcessProvider};
use rolesig_std::{Clock, Identity, ProvideCredentials, Source};
use tempfile::TempDir;
use tokio::time::Instant;

const DOCUMENT: &str = r#"{
  "Version": 1,
  "AccessKeyId": "ASIAIOSFODNN7EXAMPLE",
  "SecretAccessKey": "wJalrXUtnFEMI\/K7MDENG",
  "SessionToken": "the-session-token",
  "Expiration": "2035-08-30T18:36:00Z",
  "AccountId": "123456789012"
}"#;

/// So long that a busy machine does not meet it: for what is not about time.
const PATIENT: Duration = Duration::from_secs(120);

/// A shell script in a directory with a space in its name. `sh` runs it, so that no file is
/// executed which is still open for writing somewhere.
struct Script {
    directory: TempDir,
}

impl Script {
    fn new(text: &str) -> Self {
        let directory = tempfile::Builder::new().prefix("with space ").tempdir().unwrap();
        std::fs::write(directory.path().join("script.sh"), text).unwrap();
        Self { directory }
    }

    /// One that prints a document.
    fn prints(document: impl AsRef<[u8]>) -> Self {
        let script = Self::new("cat \"${0%script.sh}document\"");
        std::fs::write(script.file("document"), document).unwrap();
        script
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn provider(&self, arguments: &str) -> ProcessProvider {
        let path = self.file("script.sh");
        let command = format!("sh \"{}\" {arguments}", path.display());
        ProcessProvider::new("corp", &command).unwrap().with_time_limit(PATIENT)
    }

    async fn fetch(&self) -> Result<Identity, ProcessError> {
        self.provider("").fetch(Clock::SYSTEM).await
    }

    /// The message, without its beginning, which is always the same.
    async fn error(&self) -> String {
        let error = self.fetch().await.unwrap_err();
        for shown in [error.to_string(), format!("{error:?}")] {
            assert!(!shown.contains("wJalr") && !shown.contains("session-token"), "{shown}");
        }
        let error = error.to_string();
        error.strip_prefix("credential_process of profile corp: ").unwrap().to_owned()
    }
}

#[tokio::test]
async fn accepts_a_good_program() {
    let identity = Script::prints(DOCUMENT).fetch().await.unwrap();
    assert_eq!(identity.credentials().access_key_id, "ASIAIOSFODNN7EXAMPLE");
    assert_eq!(identity.credentials().secret_access_key, "wJalrXUtnFEMI/K7MDENG");
    assert_eq!(identity.credentials().session_token, Some("the-session-token"));
    assert_eq!(identity.expires_at(), Some("2035-08-30T18:36:00Z".parse().unwrap()));
    assert_eq!(identity.account_id(), Some("123456789012"));
    assert_eq!(*identity.source(), Source::Process { profile: "corp".to_owned() });
}

#[tokio::test]
async fn accepts_long_lived_keys() {
    for document in [
        r#"{"Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": "s"}"#,
        "\u{feff}{\"Version\":1,\"AccessKeyId\":\"AKIA\",\"SecretAccessKey\":\"s\",\
         \"SessionToken\":null,\"Expiration\":null,\"Other\":[{}]}\r\n",
    ] {
        let script = Script::prints(document);
        let identity = script.fetch().await.unwrap();
        assert_eq!((identity.expires_at(), identity.account_id()), (None, None));
        assert_eq!(identity.credentials().session_token, None);
        let mut of_profile = script.provider("").with_account_id(Some("1".to_owned()));
        assert_eq!(of_profile.fetch(Clock::SYSTEM).await.unwrap().account_id(), Some("1"));
    }
}

#[tokio::test]
async fn passes_arguments_as_quoted() {
    let script = Script::new(
        r#"printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"s"}' "$#-$1-$2-$3""#,
    );
    for (arguments, seen) in [
        ("a b c", "3-a-b-c"),
        ("'a'b \"\" $HOME", "3-ab--$HOME"),
        ("# ~ |", "3-#-~-|"),
        ("--as=x;exit", "1---as=x;exit--"),
    ] {
        let identity = script.provider(arguments).fetch(Clock::SYSTEM).await.unwrap();
        assert_eq!(identity.credentials().access_key_id, seen, "{arguments}");
    }
}

#[tokio::test]
async fn refuses_invalid_commands() {
    for command in ["", "  ", "run 'it", "run \"it", "run it\\", "'' x"] {
        let error = ProcessProvider::new("corp", command).unwrap_err();
        assert!(matches!(error, ProcessError::Command { .. }), "{command}: {error}");
        assert!(ProcessProvider::is_final(&error));
    }
    for command in ["/nowhere/at/all --password hush", "~/bin/run hush", "/ hush"] {
        let mut provider = ProcessProvider::new("corp", command).unwrap();
        assert!(!format!("{provider:?}").contains("hush"), "{provider:?}");
        let error = provider.fetch(Clock::SYSTEM).await.unwrap_err();
        assert!(ProcessProvider::is_final(&error), "{error:?}");
        assert!(error.to_string().contains("give the full path of a program"), "{error}");
        assert!(!format!("{error:?} {error}").contains("hush"), "{error:?}");
    }
}

#[tokio::test]
async fn reports_a_failing_program() {
    let script = Script::new(&format!("echo noise >&2; echo '{DOCUMENT}'; exit 3"));
    let error = script.error().await;
    assert!(error.starts_with("exit status: 3: its own message went to standard error"));
    let error = Script::new("kill -9 $$").error().await;
    assert!(error.starts_with("signal: 9 (SIGKILL): "), "{error}");
}

#[tokio::test]
async fn ignores_output_on_standard_error() {
    let script = Script::prints(DOCUMENT);
    let text = std::fs::read_to_string(script.file("script.sh")).unwrap();
    std::fs::write(script.file("script.sh"), format!("echo 'to standard error' >&2\n{text}"))
        .unwrap();
    assert!(script.fetch().await.is_ok());
}

#[tokio::test]
async fn gives_an_empty_standard_input() {
    let script = Script::new(&format!("[ -z \"$(cat)\" ] && echo '{DOCUMENT}'"));
    assert!(script.fetch().await.is_ok());
}

/// Documents of scripts that botocore or a person takes for the same.
#[tokio::test]
async fn accepts_documents_of_scripts() {
    for (from, to) in [
        ("\"Version\": 1", "\"Version\": 1.0"),
        ("2035-08-30T18:36:00Z", "2035-08-30T20:36:00+0200"),
        ("2035-08-30T18:36:00Z", "2035-08-30T18:36:00,123UTC"),
        ("2035-08-30T18:36:00Z", "2035-08-30 18:36Z"),
        ("2035-08-30T18:36:00Z", "Thu, 30 Aug 2035 18:36:00 GMT"),
        ("\"2035-08-30T18:36:00Z\"", "2072111760"),
        ("\"2035-08-30T18:36:00Z\"", "2.07211176e9"),
        ("\"123456789012\"", "123456789012"),
        ("ASIAIOSFODNN7EXAMPLE", " ASIAIOSFODNN7EXAMPLE"),
        ("MDENG", "MDENG\\r\\n"),
        ("the-session-token", "the-session-token\\n"),
        ("{", "\u{feff}{"),
        ("{", "{\"Load\": NaN, \"Range\": [-Infinity, Infinity], \"Half\": \"\\ud800\","),
    ] {
        let identity = Script::prints(DOCUMENT.replacen(from, to, 1)).fetch().await.unwrap();
        let credentials = identity.credentials();
        assert_eq!(credentials.access_key_id, "ASIAIOSFODNN7EXAMPLE");
        assert_eq!(credentials.secret_access_key, "wJalrXUtnFEMI/K7MDENG");
        assert_eq!(credentials.session_token, Some("the-session-token"));
        assert_eq!(identity.account_id(), Some("123456789012"));
        assert_eq!(identity.expires_at().unwrap().to_string(), "2035-08-30T18:36:00Z", "{to}");
    }
    // Go writes this for a time that was never set.
    let error = Script::prints(DOCUMENT.replace("2035-08-30T18:36:00Z", "0001-01-01T00:00:00Z"));
    assert!(error.error().await.contains("its credentials expired at 00010101T000000Z"));
}

#[tokio::test]
async fn refuses_invalid_documents() {
    let print = "it must print {\"Version\": 1, \"AccessKeyId\": …, \"SecretAccessKey\": …} and \
                 nothing else";
    let with = |from: &str, to: &str| {
        assert!(DOCUMENT.contains(from));
        DOCUMENT.replace(from, to).into_bytes()
    };
    for (document, wrong) in [
        (b"".to_vec(), "empty"),
        (b"\n \n".to_vec(), "empty"),
        (b"garbage wJalr".to_vec(), "not a JSON object, or cut off"),
        (b"[1]".to_vec(), "not a JSON object, or cut off"),
        ([DOCUMENT.as_bytes(), b"{}"].concat(), "not a JSON object, or cut off"),
        ([b"Welcome!\n", DOCUMENT.as_bytes()].concat(), "not a JSON object, or cut off"),
        (with("\"Version\": 1,", ""), "the field Version is missing or empty"),
        (with("\"Version\": 1", "\"Version\": null"), "the field Version is missing or empty"),
        (with("\"Version\": 1", "\"Version\": 2"), "the field Version is not the number 1"),
        (with("\"Version\": 1", "\"Version\": true"), "the field Version is not the number 1"),
        (with("AccessKeyId", "accessKeyId"), "the field AccessKeyId is missing or empty"),
        (with("ASIAIOSFODNN7EXAMPLE", ""), "the field AccessKeyId is missing or empty"),
        (
            with("\"SecretAccessKey\"", "\"Secret\""),
            "the field SecretAccessKey is missing or empty",
        ),
        (
            with("\"wJalrXUtnFEMI\\/K7MDENG\"", "[\"wJalr\"]"),
            "the field SecretAccessKey is an array, not a string",
        ),
        (with("\"the-session-token\"", "7"), "the field SessionToken is a number, not a string"),
        (
            with("the-session-token", "the-session\\ntoken"),
            "the field SessionToken is not of visible ASCII characters only",
        ),
        (
            with("2035-08-30T18:36:00Z", ""),
            "the field Expiration is not a point in time with its offset, such as \
             2015-08-30T12:36:00Z",
        ),
        (
            with("2035-08-30T18:36:00Z", "tomorrow"),
            "the field Expiration is not a point in time with its offset, such as \
             2015-08-30T12:36:00Z",
        ),
        (with("ASIA", "\u{fffd}"), "the field AccessKeyId is not of visible ASCII characters only"),
    ] {
        let error = Script::prints(&document).error().await;
        let shown = String::from_utf8_lossy(&document);
        assert_eq!(error, format!("invalid output: {wrong}: {print}"), "{shown}");
    }
    // Not Unicode.
    let mut bytes = DOCUMENT.as_bytes().to_vec();
    let at = DOCUMENT.find("ASIA").unwrap();
    bytes.splice(at..at, [0xff]);
    let error = Script::prints(bytes).error().await;
    assert!(error.starts_with("invalid output: "), "{error}");
}

#[tokio::test]
async fn refuses_every_truncated_document() {
    let script = Script::prints("");
    for cut in (0..DOCUMENT.len()).step_by(3) {
        std::fs::write(script.file("document"), &DOCUMENT[..cut]).unwrap();
        let error = script.error().await;
        assert!(error.starts_with("invalid output: "), "cut {cut}: {error}");
    }
}

#[tokio::test]
async fn refuses_expired_credentials() {
    let document = DOCUMENT.replace("2035", "2015");
    let error = Script::prints(document).error().await;
    assert!(error.starts_with("its credentials expired at 20150830T183600Z: "), "{error}");
}

#[tokio::test]
async fn refuses_an_endless_document() {
    let error = Script::new("while :; do echo wJalrwJalrwJalr; done").error().await;
    assert!(error.starts_with("printed more than 65536 bytes: "), "{error}");
    let padded = |len: usize| format!("{DOCUMENT}{}", " ".repeat(len - DOCUMENT.len()));
    assert!(Script::prints(padded(65536)).fetch().await.is_ok());
    let error = Script::prints(padded(65537)).error().await;
    assert!(error.starts_with("printed more than 65536 bytes: "), "{error}");
}

#[tokio::test]
async fn kills_a_hanging_or_dripping_program() {
    for script in [
        "echo $$ > \"${0%script.sh}pid\"; while :; do sleep 0.1; done",
        "echo $$ > \"${0%script.sh}pid\"; while :; do printf x; sleep 0.1; done",
        // Even if it has closed its output, or will not be asked to end.
        "echo $$ > \"${0%script.sh}pid\"; exec >&-; while :; do sleep 0.1; done",
        "trap '' TERM INT HUP; echo $$ > \"${0%script.sh}pid\"; while :; do sleep 0.1; done",
    ] {
        let script = Script::new(script);
        let mut provider = script.provider("").with_time_limit(Duration::from_secs(3));
        let started = Instant::now();
        let error = provider.fetch(Clock::SYSTEM).await.unwrap_err();
        assert!(matches!(error, ProcessError::TimeLimit { .. }), "{error}");
        assert!(!ProcessProvider::is_final(&error));
        assert!(error.to_string().contains("gave up after 3000 ms: run the command by hand"));
        assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
        let Ok(pid) = std::fs::read_to_string(script.file("pid")) else { continue };
        gone(pid.trim()).await;
    }
}

/// A killed process is reaped soon after.
async fn gone(pid: &str) {
    for _ in 0..600 {
        let status = std::process::Command::new("sh")
            .args(["-c", "kill -0 \"$1\" 2>/dev/null", "sh", pid])
            .status()
            .unwrap();
        // Reaping is up to the runtime: a killed process that is not reaped is a zombie.
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if !status.success() || stat.contains(") Z ") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("process {pid} is still there");
}

#[tokio::test]
async fn kills_the_program_of_a_dropped_fetch() {
    let script = Script::new("echo $$ > \"${0%script.sh}pid\"; while :; do sleep 0.1; done");
    let pid = script.file("pid");
    let mut provider = script.provider("");
    let fetching = tokio::spawn(async move { provider.fetch(Clock::SYSTEM).await });
    let pid = loop {
        match std::fs::read_to_string(&pid) {
            Ok(text) if text.ends_with('\n') => break text,
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    fetching.abort();
    gone(pid.trim()).await;
}

#[tokio::test]
async fn does_not_wait_for_what_a_program_leaves_running() {
    let script = Script::new(&format!("(sleep 30) & echo '{DOCUMENT}'"));
    let started = Instant::now();
    assert!(script.fetch().await.is_ok());
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}
