//! A clock that is off.

use std::sync::{Arc, Mutex};

use rolesig::ClockSkew;
use rolesig_std::{Clock, ProvideCredentials};
use tokio::io::AsyncWriteExt;

use crate::desk::{
    SOURCE_TOKEN, ahead, assume, check, document, message, refusal, signed_at, verify,
};
use crate::scripted::{PATIENT, Server, date, with_headers};

/// A server with its own clock, that takes only what was signed within 5 minutes of it, with
/// the right secret or with none that it knows.
async fn clock(ahead: Arc<Mutex<i64>>, code: &'static str, knows: bool) -> Server {
    Server::new(move |_, request, mut stream| {
        let ahead = *ahead.lock().unwrap();
        let at = ClockSkew::from_seconds(ahead).apply(Clock::SYSTEM.now());
        let off = at.as_unix().abs_diff(signed_at(&request).as_unix());
        let is_good = knows && off < 300 && verify(&request, Some(SOURCE_TOKEN), at).is_ok();
        let given = if is_good {
            with_headers(200, &date(ahead), &document("AssumeRole"))
        } else {
            with_headers(403, &date(ahead), &refusal(code, "Signature expired"))
        };
        async move {
            let _ = stream.write_all(given.as_bytes()).await;
        }
    })
    .await
}

#[tokio::test]
async fn corrects_a_wrong_clock_once_and_remembers() {
    for code in ["RequestTimeTooSkewed", "SignatureDoesNotMatch"] {
        for off in [600, -600, 100_000_000] {
            let server = clock(Arc::new(Mutex::new(off)), code, true).await;
            let mut provider = assume(&server.origin, PATIENT);
            check(&provider.fetch(Clock::SYSTEM).await.unwrap());
            assert_eq!(server.count(), 2);
            assert!(ahead(&server.request(0)).abs() < 60);
            assert!((ahead(&server.request(1)) - off).abs() < 60);
            // The next time it is known.
            check(&provider.fetch(Clock::SYSTEM).await.unwrap());
            assert_eq!(server.count(), 3);
            let mut caller = assume(&server.origin, PATIENT);
            check(&caller.fetch(Clock::SYSTEM).await.unwrap());
        }
    }
}

#[tokio::test]
async fn notices_a_clock_that_was_set() {
    let off = Arc::new(Mutex::new(600));
    let server = clock(Arc::clone(&off), "SignatureDoesNotMatch", true).await;
    let mut provider = assume(&server.origin, PATIENT);
    check(&provider.fetch(Clock::SYSTEM).await.unwrap());
    for (now, asked) in [(0, 4), (-4000, 6), (-4030, 7), (0, 9)] {
        *off.lock().unwrap() = now;
        check(&provider.fetch(Clock::SYSTEM).await.unwrap());
        assert_eq!(server.count(), asked, "{now}");
    }
}

#[tokio::test]
async fn does_not_retry_for_a_clock_beyond_correction() {
    // Wrong for a reason other than the time: the second signature is the last.
    let server = clock(Arc::new(Mutex::new(600)), "SignatureDoesNotMatch", false).await;
    let mut provider = assume(&server.origin, PATIENT);
    assert!(message(&mut provider).await.starts_with("refused: SignatureDoesNotMatch"));
    assert_eq!(server.count(), 2);
    // It is known by then how far the clock is off.
    assert!(message(&mut provider).await.starts_with("refused: SignatureDoesNotMatch"));
    assert_eq!(server.count(), 3);
    for (headers, code) in [
        (date(0), "RequestTimeTooSkewed"),
        (date(600), "AccessDenied"),
        (String::new(), "RequestTimeTooSkewed"),
        ("Date: yesterday\r\n".to_owned(), "RequestTimeTooSkewed"),
        (format!("{}Age: 7\r\n", date(600)), "RequestTimeTooSkewed"),
    ] {
        let server = Server::answers(&[with_headers(403, &headers, &refusal(code, "no"))]).await;
        let mut provider = assume(&server.origin, PATIENT);
        assert_eq!(message(&mut provider).await, format!("refused: {code}: no"));
        assert_eq!(server.count(), 1, "{headers}{code}");
    }
}
