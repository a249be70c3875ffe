//! Streams by a script, and what the drivers make of them.

use core::fmt::{Debug, Write as _};
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;

use embedded_io::ErrorKind;
use rolesig::Credentials;
use rolesig::conversation::{Conversation, ConversationError, Imds, RoleCredentials};
use rolesig::io::{asynch, blocking};

pub(crate) const SIZES: [usize; 3] = [1, 7, usize::MAX];

pub(crate) const DOCUMENT: &str = r#"{"Code": "Success", "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "s\/s",
    "Token": "token", "Expiration": "2015-08-30T18:36:00Z"}"#;

pub(crate) const IOT: &str = r#"{"credentials": {"accessKeyId": "ASIAEXAMPLE", "secretAccessKey": "s\/s",
    "sessionToken": "token", "expiration": "2015-08-30T18:36:00Z"}}"#;

pub(crate) const STS: &str = "<R><Result><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>\
    <SecretAccessKey>s/s</SecretAccessKey><SessionToken>token</SessionToken>\
    <Expiration>2015-08-30T18:36:00Z</Expiration></Credentials></Result></R>";

pub(crate) const IDENTITY: &str = "<R><GetCallerIdentityResult><Arn>a</Arn><UserId>u</UserId>\
    <Account>111122223333</Account></GetCallerIdentityResult></R>";

/// A stream that reads a script in pieces, and keeps what is written.
pub(crate) struct Scripted<'w> {
    pub(crate) script: Vec<u8>,
    pub(crate) at: usize,
    pub(crate) size: usize,
    pub(crate) wire: &'w mut Vec<u8>,
    /// The end of the script: the stream's end, or an error.
    pub(crate) fails: bool,
}

impl Scripted<'_> {
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let rest = &self.script[self.at..];
        if rest.is_empty() && self.fails {
            return Err(ErrorKind::TimedOut);
        }
        let len = rest.len().min(self.size).min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        self.at += len;
        Ok(len)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> usize {
        let len = bytes.len().min(self.size);
        self.wire.extend_from_slice(&bytes[..len]);
        len
    }
}

/// Nothing here ever waits.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("waits"),
    }
}

/// The ways of sending a body.
pub(crate) type Form = fn(&str) -> String;

pub(crate) fn with_length(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nServer: EC2ws\r\n\r\n{body}", body.len())
}

pub(crate) fn in_chunks(body: &str) -> String {
    let mut response = "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n".to_owned();
    for chunk in body.as_bytes().chunks(10) {
        let chunk = core::str::from_utf8(chunk).unwrap();
        write!(response, "{:04X} ;a=\"b\"\r\n{chunk}\r\n", chunk.len()).unwrap();
    }
    response + "0\r\nX-Trailer: t\r\n\r\n"
}

pub(crate) fn to_the_end(body: &str) -> String {
    format!("HTTP/1.0 200\nx: y\n\n{body}")
}

pub(crate) fn interim(body: &str) -> String {
    let early = "HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\nlink: x\r\n\r\n";
    format!("HTTP/1.1 100 Continue\r\n\r\n{early}{}", with_length(body))
}

/// Runs a conversation with each stream's script by both drivers, and returns the outcome and the
/// bytes sent.
pub(crate) fn play<C: Conversation + Clone, T: PartialEq + Debug>(
    conversation: &C,
    scripts: &[String],
    size: usize,
    buffer: usize,
    show: impl Fn(C::Outcome<'_>) -> T,
) -> (Result<T, String>, String) {
    let played = |asynchronous: bool| {
        let mut conversation = conversation.clone();
        let mut wires: Vec<Vec<u8>> = scripts.iter().map(|_| Vec::new()).collect();
        let mut streams: VecDeque<_> = scripts
            .iter()
            .zip(&mut wires)
            .map(|(script, wire)| {
                let script = script.clone().into_bytes();
                Scripted { script, at: 0, size, wire, fails: false }
            })
            .collect();
        let mut body = vec![0; buffer];
        let mut open = || streams.pop_front().ok_or(ErrorKind::ConnectionRefused);
        let outcome = if asynchronous {
            ready(asynch::converse(&mut conversation, "host:80", &mut body, async || open()))
        } else {
            blocking::converse(&mut conversation, "host:80", &mut body, &mut open)
        };
        let outcome =
            outcome.map(|concluded| show(concluded.outcome)).map_err(|error| format!("{error:?}"));
        (outcome, String::from_utf8(wires.concat()).unwrap())
    };
    let (blocking, asynch) = (played(false), played(true));
    assert_eq!(blocking, asynch);
    blocking
}

pub(crate) fn shown(provided: RoleCredentials<'_>) -> String {
    let Credentials { access_key_id, secret_access_key, session_token } = provided.credentials;
    format!("{access_key_id} {secret_access_key} {session_token:?}")
}

pub(crate) const CALLER: Credentials<'static> = Credentials {
    access_key_id: "AKIAEXAMPLE",
    secret_access_key: "secret",
    session_token: Some("caller"),
};

pub(crate) const SHOWN: &str = "ASIAEXAMPLE s/s Some(\"token\")";

/// [`Imds`] is not `Clone`, since it owns a token.
pub(crate) struct Fresh(Imds);

impl Clone for Fresh {
    fn clone(&self) -> Self {
        Self(Imds::new())
    }
}

impl Conversation for Fresh {
    type Outcome<'b> = RoleCredentials<'b>;

    fn request(&self) -> Option<rolesig::conversation::Request<'_>> {
        self.0.request()
    }

    fn response<'b>(&mut self, status: u16, body: &'b [u8]) -> Result<(), ConversationError<'b>> {
        self.0.response(status, body)
    }

    fn outcome<'b>(
        &self,
        body: &'b mut [u8],
    ) -> Result<RoleCredentials<'b>, ConversationError<'b>> {
        self.0.outcome(body)
    }

    fn restart(&mut self) {
        self.0.restart();
    }
}

pub(crate) fn imds() -> Fresh {
    Fresh(Imds::new())
}
