//! Chunks and trailers of Signature Version 4a: each signature is the one that AWS's own signer makes
//! of a string to sign that is put together here, and stands on the wire filled up to 144 digits.

#![cfg(test)]

use aws_sigv4::sign::v4a::{calculate_signature, generate_signing_key};
use rolesig::{ChunkForm, Chunked, Emit, Request, Service, Signer, Timestamp, Trailer, V4a};
use rolesig_benches::{NOW, credentials};
use sha2::{Digest, Sha256};

const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn written(value: &impl Emit) -> String {
    let mut buffer = vec![0; value.emitted_len()];
    String::from_utf8(value.write_to(&mut buffer).unwrap().to_vec()).unwrap()
}

#[test]
fn chunks_and_trailers_are_signed_as_aws_would() {
    let ours = credentials("token");
    let key = generate_signing_key(ours.access_key_id, ours.secret_access_key);
    let sign = |form: &str, previous: &str, rest: &str| {
        let string_to_sign = format!(
            "AWS4-ECDSA-P256-SHA256{form}\n20150830T123600Z\n20150830/s3/aws4_request\n{previous}\n{rest}"
        );
        calculate_signature(key.as_ref(), string_to_sign.as_bytes())
    };

    let form =
        ChunkForm::SignedWithTrailer(Trailer { name: "x-amz-checksum-crc32c", value_len: 8 });
    let payload = Chunked { len: 10, chunk_len: 4, content_encoding: None, form };
    let request = Request {
        method: "PUT",
        host: "accesspoint.s3-global.amazonaws.com",
        path: "/key",
        query: &[],
        headers: &[],
        payload,
    };
    let mut signer = Signer::<V4a>::with_slots(ours, "*", Service::S3).unwrap();
    let signed = signer.sign(&request, Timestamp::from(NOW)).unwrap();
    let hash = signed.headers().find(|(name, _)| *name == "x-amz-content-sha256").unwrap().1;
    assert_eq!(hash.to_string(), "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER");

    let mut previous = signed.signature().to_string();
    let mut chunks = signer.chunks(&signed);
    let mut sent = 0;
    for data in ["0123", "4567", "89"] {
        previous = sign("-PAYLOAD", &previous, &format!("{NOTHING}\n{}", sha256(data.as_bytes())));
        let wire = written(&chunks.chunk(data.as_bytes()).unwrap());
        assert_eq!(
            wire,
            format!("{:x};chunk-signature={previous:*<144}\r\n{data}\r\n", data.len())
        );
        sent += wire.len();
    }
    let last = sign("-PAYLOAD", &previous, &format!("{NOTHING}\n{NOTHING}"));
    let trailer = sign("-TRAILER", &last, &sha256(b"x-amz-checksum-crc32c:sOO8/Q==\n"));
    let wire = written(&chunks.finish(Some(b"sOO8/Q==")).unwrap());
    assert_eq!(
        wire,
        format!(
            "0;chunk-signature={last:*<144}\r\nx-amz-checksum-crc32c:sOO8/Q==\r\n\
             x-amz-trailer-signature:{trailer:*<144}\r\n\r\n"
        )
    );
    assert_eq!(u64::try_from(sent + wire.len()).unwrap(), payload.encoded_len::<V4a>());
}
