//! Codes of MFA devices.

use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex, mpsc};

use rolesig_std::provider::{AskTokenCode, AssumeRoleProvider, RoleToAssume};
use rolesig_std::{Clock, ProvideCredentials};
use tokio::time::sleep;
use zeroize::Zeroizing;

use crate::desk::{CODE, check, document, failure, of_keys, refusal, role, sts};
use crate::scripted::{BOUND, PATIENT, Server, ok, response};

#[tokio::test]
async fn sends_a_code_once() {
    let busy = response(500, &refusal("InternalFailure", "busy"));
    let server = Server::answers(&[busy.clone(), busy, ok(&document("AssumeRole"))]).await;
    let role = RoleToAssume { mfa_serial: Some("serial-number".to_owned()), ..role() };
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let ask: AskTokenCode = Arc::new(move |_| {
        *count.lock().unwrap() += 1;
        Ok(Zeroizing::new(CODE.to_owned()))
    });
    let endpoint = sts(&server.origin, PATIENT);
    let mut provider = AssumeRoleProvider::new(role, of_keys(), endpoint, Some(ask));
    for calls in 1..3 {
        failure(&mut provider).await;
        // The response may have been lost behind a call that used the code up.
        assert_eq!((server.count(), *asked.lock().unwrap()), (calls, calls));
    }
    provider.fetch(Clock::SYSTEM).await.unwrap();
    assert_eq!((server.count(), *asked.lock().unwrap()), (3, 3));
}

#[test]
fn ends_the_runtime_while_a_code_is_awaited() {
    let (_types, nothing) = mpsc::channel::<()>();
    let nothing = Mutex::new(nothing);
    let (asks, asked) = mpsc::channel();
    let ask: AskTokenCode = Arc::new(move |_| {
        asks.send(()).unwrap();
        Err(io::Error::other(nothing.lock().unwrap().recv().unwrap_err()))
    });
    let (ends, ended) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.spawn(async move {
            let role = RoleToAssume { mfa_serial: Some("serial-number".to_owned()), ..role() };
            let endpoint = sts(&Server::absent().await, PATIENT);
            AssumeRoleProvider::new(role, of_keys(), endpoint, Some(ask)).fetch(Clock::SYSTEM).await
        });
        asked.recv().unwrap();
        drop(runtime);
        ends.send(()).unwrap();
    });
    ended.recv_timeout(Duration::from_secs(60)).expect("the runtime waits for a code");
}

#[tokio::test]
async fn asks_for_a_code_without_blocking_tasks() {
    let server = Server::answers(&[ok(&document("AssumeRole"))]).await;
    let role = || RoleToAssume { mfa_serial: Some("serial-number".to_owned()), ..role() };
    let mut alone = AssumeRoleProvider::new(role(), of_keys(), sts(&server.origin, PATIENT), None);
    let error = failure(&mut alone).await.to_string();
    assert!(error.contains("and there is no one to ask: run this on a terminal"), "{error}");
    for (given, expected) in [
        (Err(io::Error::other("nobody is there")), "MFA device: nobody is there"),
        (Ok("12345"), "and a code of 6 digits"),
        (Ok(""), "and a code of 6 digits"),
    ] {
        let given = Mutex::new(Some(given));
        let ask: AskTokenCode = Arc::new(move |_| {
            let given = given.lock().unwrap().take().unwrap();
            given.map(|code| Zeroizing::new(code.to_owned()))
        });
        let endpoint = sts(&server.origin, PATIENT);
        let mut provider = AssumeRoleProvider::new(role(), of_keys(), endpoint, Some(ask));
        let error = failure(&mut provider).await.to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(server.count(), 0);
    // A person takes time, and the only thread of this runtime has other things to do: here, to
    // send the code.
    let (sender, receiver) = mpsc::channel();
    let receiver = Mutex::new(receiver);
    let ask: AskTokenCode = Arc::new(move |_| {
        receiver.lock().unwrap().recv_timeout(BOUND).map(Zeroizing::new).map_err(io::Error::other)
    });
    let mut asks =
        AssumeRoleProvider::new(role(), of_keys(), sts(&server.origin, PATIENT), Some(ask));
    let (fetched, ()) = tokio::join!(asks.fetch(Clock::SYSTEM), async {
        sleep(Duration::from_millis(10)).await;
        sender.send(CODE.to_owned()).unwrap();
    });
    check(&fetched.unwrap());
}
