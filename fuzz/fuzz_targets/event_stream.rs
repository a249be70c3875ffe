//! Signed events, compared byte for byte with those of AWS's own signer: any contents, at any times
//! in turn.
#![no_main]

use core::time::Duration;
use std::time::SystemTime;

use aws_credential_types::Credentials as TheirCredentials;
use aws_sigv4::event_stream::{sign_empty_message, sign_message};
use aws_sigv4::sign::v4;
use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use libfuzzer_sys::fuzz_target;
use rolesig::{Credentials, Emit, Events, Request, Service, Signer, Timestamp};

const SERVICE: &str = "transcribe";
const REGION: &str = "eu-west-1";
const OURS: Credentials<'static> = Credentials {
    access_key_id: "AKIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: None,
};

/// The time of an event, and its content; none ends the stream.
type Content = (u32, Option<Vec<u8>>);

fuzz_target!(|input: (u32, Vec<Content>)| {
    let (start, contents) = input;
    let identity =
        TheirCredentials::from_keys(OURS.access_key_id, OURS.secret_access_key, None).into();
    let request = Request {
        method: "POST",
        host: "transcribestreaming.eu-west-1.amazonaws.com",
        path: "/stream-transcription",
        query: &[],
        headers: &[],
        payload: Events,
    };
    let mut signer = Signer::new(OURS, REGION, Service::new(SERVICE)).unwrap();
    let signed = signer.sign(&request, Timestamp::from(start)).unwrap();
    let mut last = signed.signature().to_string();
    let mut events = signer.events(&signed);
    for (now, content) in contents {
        let parameters = v4::signing_params::Builder::default()
            .identity(&identity)
            .region(REGION)
            .name(SERVICE)
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(now.into()))
            .settings(())
            .build()
            .unwrap();
        let (content, theirs) = match content {
            None => (Vec::new(), sign_empty_message(&last, &parameters).unwrap()),
            Some(audio) => {
                let kind = HeaderValue::String("AudioEvent".into());
                let message = Message::new(audio).add_header(Header::new(":event-type", kind));
                (framed(&message), sign_message(&message, &last, &parameters).unwrap())
            }
        };
        let (theirs, signature) = theirs.into_parts();
        let event = events.event(&content, Timestamp::from(now)).unwrap();
        assert_eq!(event.signature().to_string(), signature);
        let mut wire = vec![0; event.emitted_len()];
        assert_eq!(event.write_to(&mut wire).unwrap(), framed(&theirs));
        last = signature;
    }
});

fn framed(message: &Message) -> Vec<u8> {
    let mut frame = Vec::new();
    write_message_to(message, &mut frame).unwrap();
    frame
}
