//! Signed events: their frames and signatures, compared with a naive signer that is written after
//! AWS's description of a frame ("Setting up a streaming request", Amazon Transcribe Developer
//! Guide).

#![cfg(feature = "event-stream")]

use hmac::{Hmac, KeyInit as _, Mac as _};
use rolesig::{Credentials, Emit, EventTooLongError, Events, Request, Service, Signer, Timestamp};
use sha2::{Digest as _, Sha256};

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "AKIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: None,
};
const REQUEST: Request<'static, Events> = Request {
    method: "POST",
    host: "transcribestreaming.eu-west-1.amazonaws.com",
    path: "/stream-transcription",
    query: &[],
    headers: &[],
    payload: Events,
};
/// 2015-08-30T23:59:30Z.
const LATE: u32 = 1_440_979_170;

fn signer() -> Signer<'static> {
    Signer::new(CREDENTIALS, "eu-west-1", Service::new("transcribe")).unwrap()
}

/// Computes the CRC-32 of Ethernet and ZIP, bit by bit.
fn crc32(bytes: &[u8]) -> [u8; 4] {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    (!crc).to_be_bytes()
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    hmac.update(message);
    hmac.finalize().into_bytes().to_vec()
}

/// Returns the frame of an event, and its signature.
fn naive(content: &[u8], now: Timestamp, previous: &str) -> (Vec<u8>, String) {
    let at = now.amz_date().to_string();
    let date = &at[..8];
    let mut date_header = b"\x05:date\x08".to_vec();
    date_header.extend((now.as_unix() * 1000).to_be_bytes());
    let [hashed_header, hashed_content] =
        [&date_header[..], content].map(|bytes| hex::encode(Sha256::digest(bytes)));
    let scope = format!("{date}/eu-west-1/transcribe/aws4_request");
    let string_to_sign = format!(
        "AWS4-HMAC-SHA256-PAYLOAD\n{at}\n{scope}\n{previous}\n{hashed_header}\n{hashed_content}"
    );
    let mut key = format!("AWS4{}", CREDENTIALS.secret_access_key).into_bytes();
    for part in [date, "eu-west-1", "transcribe", "aws4_request"] {
        key = hmac(&key, part.as_bytes());
    }
    let signature = hmac(&key, string_to_sign.as_bytes());

    let headers = [&b"\x10:chunk-signature\x06\0\x20"[..], &signature, &date_header].concat();
    let total = u32::try_from(12 + headers.len() + content.len() + 4).unwrap();
    let mut frame = total.to_be_bytes().to_vec();
    frame.extend(u32::try_from(headers.len()).unwrap().to_be_bytes());
    frame.extend(crc32(&frame));
    frame.extend([&headers, content].concat());
    frame.extend(crc32(&frame));
    (frame, hex::encode(signature))
}

#[test]
fn frames_and_signs_each_event_after_the_one_before_it() {
    let mut signer = signer();
    let signed = signer.sign(&REQUEST, Timestamp::from(LATE)).unwrap();
    let mut previous = signed.signature().to_string();
    let mut events = signer.events(&signed);
    // Past midnight, too; an event without content is the last.
    for (seconds, content) in [(0, &b"a framed AudioEvent"[..]), (29, b"x"), (31, b"y"), (90, b"")]
    {
        let now = Timestamp::from(LATE + seconds);
        let event = events.event(content, now).unwrap();
        let (frame, signature) = naive(content, now, &previous);
        assert_eq!(event.signature().to_string(), signature, "{seconds}");
        let mut wire = vec![0; event.emitted_len()];
        assert_eq!(event.write_to(&mut wire).unwrap(), frame, "{seconds}");
        previous = signature;
    }
}

#[test]
fn signs_a_stream_into_a_buffer_as_without_one() {
    let now = Timestamp::from(LATE);
    let mut signer = signer();
    let first = {
        let signed = signer.sign(&REQUEST, now).unwrap();
        signer.events(&signed).event(b"a", now).unwrap().signature().to_string()
    };
    let mut buffer = [0; 512];
    let (_, mut events) = signer.sign_events_into(&REQUEST, now, &mut buffer).unwrap();
    assert_eq!(events.event(b"a", now).unwrap().signature().to_string(), first);
}

#[test]
fn says_what_to_do_with_an_event_that_is_too_long() {
    assert!(EventTooLongError.to_string().contains("send it in parts"));
}
