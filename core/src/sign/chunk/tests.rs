//! The documentation's worked examples.

use super::*;
use crate::credentials::Credentials;
use crate::emit::sink::Sink;
use crate::sigv4::service::Service;
use crate::sigv4::trailer::{Trailer, TrailerName};

extern crate std;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

struct Text(Vec<u8>);

impl Sink for Text {
    fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

const EXAMPLE: Chunked<'static> =
    Chunked { len: 66_560, chunk_len: 65_536, content_encoding: None, form: ChunkForm::Signed };

/// Returns the example's body on the wire.
fn sent(mut chunks: ChunkSigner<'_>, trailer: Option<&[u8]>) -> Vec<u8> {
    let mut wire = Text(Vec::new());
    for data in vec![b'a'; 66_560].chunks(65_536) {
        chunks.chunk(data).unwrap().emit_to(&mut wire);
    }
    chunks.finish(trailer).unwrap().emit_to(&mut wire);
    wire.0
}

/// Signs the documentation's example: the signature of its head, and its body on the wire.
fn example(
    form: ChunkForm<'static>,
    headers: &[(&str, &[u8])],
    trailer: Option<&[u8]>,
) -> (String, String) {
    let credentials = Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE",
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        session_token: None,
    };
    let request = Request {
        method: "PUT",
        host: "s3.amazonaws.com",
        path: "/examplebucket/chunkObject.txt",
        query: &[],
        headers,
        payload: Chunked { form, ..EXAMPLE },
    };
    let now: Timestamp = "2013-05-24T00:00:00Z".parse().unwrap();
    let mut signer = Signer::new(credentials, "us-east-1", Service::S3).unwrap();
    let signed = signer.sign(&request, now).unwrap();
    let wire = sent(signer.chunks(&signed), trailer);
    let mut buffer = [0; 1024];
    let (head, chunks) = signer.sign_chunked_into(&request, now, &mut buffer).unwrap();
    assert_eq!(head.signature(), signed.signature().as_bytes());
    assert_eq!(sent(chunks, trailer), wire);
    assert_eq!(wide(wire.len()), request.payload.encoded_len::<V4>());
    (signed.signature().to_string(), String::from_utf8(wire).unwrap())
}

#[test]
fn reproduces_the_worked_example() {
    assert_eq!(EXAMPLE.encoded_len::<V4>(), 66_824);
    let headers =
        [("x-amz-storage-class", &b"REDUCED_REDUNDANCY"[..]), ("Content-Length", b"66824")];
    let (seed, wire) = example(ChunkForm::Signed, &headers, None);
    assert_eq!(seed, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
    let a = |count| "a".repeat(count);
    assert_eq!(
        wire,
        format!(
            "10000;chunk-signature=\
             ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n{}\r\n\
             400;chunk-signature=\
             0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n{}\r\n\
             0;chunk-signature=\
             b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n",
            a(65_536),
            a(1024)
        )
    );
}

const CRC32C: Trailer<'static> = Trailer { name: TrailerName::CRC32C, value_len: 8 };

#[test]
fn reproduces_the_worked_example_of_a_trailer() {
    let headers = [("x-amz-storage-class", &b"REDUCED_REDUNDANCY"[..])];
    let form = ChunkForm::SignedWithTrailer(CRC32C);
    let (seed, wire) = example(form, &headers, Some(b"sOO8/Q=="));
    assert_eq!(seed, "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
    assert_eq!(
        wire,
        format!(
            "10000;chunk-signature=\
             b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n{}\r\n\
             400;chunk-signature=\
             1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n{}\r\n\
             0;chunk-signature=\
             2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n\
             x-amz-checksum-crc32c:sOO8/Q==\r\n\
             x-amz-trailer-signature:\
             d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
            "a".repeat(65_536),
            "a".repeat(1024)
        )
    );
}

#[test]
fn writes_chunks_that_only_a_checksum_protects() {
    let form = ChunkForm::UnsignedWithTrailer(CRC32C);
    let (_, wire) = example(form, &[], Some(b"sOO8/Q=="));
    assert_eq!(
        wire,
        format!(
            "10000\r\n{}\r\n400\r\n{}\r\n0\r\nx-amz-checksum-crc32c:sOO8/Q==\r\n\r\n",
            "a".repeat(65_536),
            "a".repeat(1024)
        )
    );
}
