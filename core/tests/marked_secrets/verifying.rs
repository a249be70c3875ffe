//! Whatever verifies, and whatever was verified.

use rolesig::{
    ChunkForm, Chunked, Payload, ReceivedBody, ReceivedRequest, Request, Service, Signer, Verifier,
    VerifyError,
};

use crate::marks::{ACCESS_KEY_ID, SECRET, TOKEN, walked, walked_error};
use crate::{CREDENTIALS, now};

const REGION: &str = "eu-west-1";
const HOST: &str = "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com";

/// Signs a request, and shows it as it is received.
fn received<P: rolesig::PayloadForm>(payload: P, see: impl FnOnce(ReceivedRequest<'_>)) {
    let request =
        Request { method: "PUT", host: HOST, path: "/k", query: &[], headers: &[], payload };
    let mut signer = Signer::new(CREDENTIALS, REGION, Service::S3).unwrap();
    let signed = signer.sign(&request, now()).unwrap();
    let values: Vec<_> = signed.headers().map(|(name, value)| (name, value.to_string())).collect();
    let mut headers: Vec<(&str, &[u8])> =
        values.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    headers.push(("host", HOST.as_bytes()));
    see(ReceivedRequest { method: "PUT", path: "/k", query: &[], headers: &headers });
}

#[test]
fn hides_secrets_of_verifiers() {
    let verifier = Verifier::new(REGION, Service::S3);
    walked("ReceivedBody", &ReceivedBody::Bytes(TOKEN.as_bytes()));
    received(Payload::Bytes(b"hello"), |request| {
        walked("ReceivedRequest", &request);
        let claimed = verifier.begin(&request, now()).unwrap();
        assert_eq!(
            (claimed.access_key_id(), claimed.session_token()),
            (ACCESS_KEY_ID, Some(TOKEN))
        );
        walked("Claimed", &claimed);
        walked("Verified", &claimed.finish(SECRET, ReceivedBody::Bytes(b"hello")).unwrap());
        walked("Verifier", &verifier);
    });
    let form = ChunkForm::Signed;
    let chunked = Chunked { len: 5, chunk_len: 8192, content_encoding: None, form };
    received(chunked, |request| {
        let verified = || {
            let body = ReceivedBody::Unread;
            verifier.verify(&request, body, now(), |_, _| Ok::<_, VerifyError>(SECRET)).unwrap()
        };
        walked("ChunkVerifier", &verified().into_chunks().unwrap());
        let mut decoder = verified().into_decoder().unwrap();
        let line = format!("{SECRET}\r\n");
        walked_error("VerifyError", &decoder.decode(&mut line.as_bytes()).unwrap_err());
        walked("ChunkDecoder", &decoder);
    });
}

/// Errors say which part is wrong, and never show it.
#[test]
fn hides_secrets_of_refused_requests() {
    let verifier = Verifier::new(REGION, Service::S3);
    received(Payload::Bytes(b"hello"), |request| {
        for place in 0..request.headers.len() {
            for value in [SECRET, TOKEN, ""] {
                let mut headers = request.headers.to_vec();
                headers[place].1 = value.as_bytes();
                let request = ReceivedRequest { headers: &headers, ..request };
                let body = ReceivedBody::Bytes(b"hello");
                let refused = verifier.verify(&request, body, now(), |_, token| {
                    if token == Some(TOKEN) { Ok(SECRET) } else { Err(VerifyError::InvalidToken) }
                });
                if let Err(error) = refused {
                    walked_error("VerifyError", &error);
                }
            }
        }
    });
}
