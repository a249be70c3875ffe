//! Signed events, compared byte for byte with AWS's own signer: content of many lengths, across
//! midnight.

#![cfg(test)]

use core::time::Duration;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::event_stream::{sign_empty_message, sign_message};
use aws_sigv4::sign::v4;
use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use rolesig::{Emit, Events, Request, Service, Signer, Timestamp};
use rolesig_benches::{NOW, REGION, credentials};

const SERVICE: &str = "transcribe";

fn framed(message: &Message) -> Vec<u8> {
    let mut frame = Vec::new();
    write_message_to(message, &mut frame).unwrap();
    frame
}

#[test]
fn signs_events_as_aws_sigv4_does() {
    let ours = credentials("token");
    let identity: Identity =
        Credentials::from_keys(ours.access_key_id, ours.secret_access_key, None).into();
    let request = Request {
        method: "POST",
        host: "transcribestreaming.eu-west-1.amazonaws.com",
        path: "/stream-transcription",
        query: &[],
        headers: &[],
        payload: Events,
    };
    let mut signer = Signer::new(ours, REGION, Service::new(SERVICE)).unwrap();
    let signed = signer.sign(&request, Timestamp::from(NOW)).unwrap();
    let hash = signed.headers().find(|(name, _)| *name == "x-amz-content-sha256").unwrap().1;
    assert_eq!(hash.to_string(), "STREAMING-AWS4-HMAC-SHA256-EVENTS");

    let mut last = signed.signature().to_string();
    let mut events = signer.events(&signed);
    // Steps of 20 minutes cross midnight.
    for (step, len) in (0..60_u32).zip([0, 1, 2, 63, 64, 65, 1000, 4096].into_iter().cycle()) {
        let now = NOW + step * 1200;
        let parameters = v4::signing_params::Builder::default()
            .identity(&identity)
            .region(REGION)
            .name(SERVICE)
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(now.into()))
            .settings(())
            .build()
            .unwrap();
        let audio = Message::new(vec![b'x'; len])
            .add_header(Header::new(":event-type", HeaderValue::String("AudioEvent".into())));
        let (content, theirs) = if step == 59 {
            (Vec::new(), sign_empty_message(&last, &parameters).unwrap())
        } else {
            (framed(&audio), sign_message(&audio, &last, &parameters).unwrap())
        };
        let (theirs, signature) = theirs.into_parts();
        let event = events.event(&content, Timestamp::from(now)).unwrap();
        assert_eq!(event.signature().to_string(), signature, "{step}");
        let mut wire = vec![0; event.emitted_len()];
        assert_eq!(event.write_to(&mut wire).unwrap(), framed(&theirs), "{step}");
        last = signature;
    }
}
