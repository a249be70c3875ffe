//! Signs AWS's published examples on the processor itself, and compares the results.
//!
//! "Signature Calculations for the Authorization Header" in a single chunk, in multiple chunks and
//! with trailing headers, and "Authenticating Requests: Using Query Parameters" (Amazon S3);
//! `get-vanilla` of AWS's signing test suite.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::{
    ChunkForm, Chunked, Credentials, Emit, Expires, Payload, Request, Service, Signer, Sink,
    Timestamp, Trailer, TrailerName,
};
use rolesig_firmware::board::{exit, print};

/// Runs the program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    let failed = ["single chunk", "test suite", "presigned", "multiple chunks", "trailer"]
        .into_iter()
        .zip([single_chunk(), test_suite(), presigned(), multiple_chunks(), trailer()])
        .filter(|(_, is_right)| *is_right != Some(true));
    let mut is_done = true;
    for (name, _) in failed {
        print(b"wrong: ");
        print(name.as_bytes());
        print(b"\n");
        is_done = false;
    }
    exit(is_done)
}

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "AKIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: None,
};

const GET: Request<'static> = Request {
    method: "GET",
    host: "examplebucket.s3.amazonaws.com",
    path: "/",
    query: &[],
    headers: &[],
    payload: Payload::Bytes(b""),
};

const STORAGE_CLASS: (&str, &[u8]) = ("x-amz-storage-class", b"REDUCED_REDUNDANCY");

fn s3() -> Option<Signer<'static>> {
    Signer::new(black_box(CREDENTIALS), "us-east-1", Service::S3).ok()
}

fn may_24() -> Option<Timestamp> {
    "2013-05-24T00:00:00Z".parse().ok()
}

fn single_chunk() -> Option<bool> {
    let examples = [
        (
            Request { path: "/test.txt", headers: &[("Range", b"bytes=0-9")], ..GET },
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            Request {
                method: "PUT",
                path: "/test$file.text",
                headers: &[("Date", b"Fri, 24 May 2013 00:00:00 GMT"), STORAGE_CLASS],
                payload: Payload::Bytes(b"Welcome to Amazon S3."),
                ..GET
            },
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            Request { query: &[("lifecycle", "")], ..GET },
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            Request { query: &[("max-keys", "2"), ("prefix", "J")], ..GET },
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ];
    let mut s3 = s3()?;
    let mut is_right = true;
    for (request, signature) in black_box(examples) {
        is_right &= is(s3.sign(&request, may_24()?).ok()?.signature(), signature);
    }
    Some(is_right)
}

fn test_suite() -> Option<bool> {
    let secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let credentials =
        Credentials { access_key_id: "AKIDEXAMPLE", secret_access_key, session_token: None };
    let mut signer =
        Signer::<_>::new(black_box(credentials), "us-east-1", Service::new("service")).ok()?;
    let request = black_box(Request { host: "example.amazonaws.com", ..GET });
    let signed = signer.sign(&request, "2015-08-30T12:36:00Z".parse().ok()?).ok()?;
    let expected = "AWS4-HMAC-SHA256 \
        Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
        SignedHeaders=host;x-amz-date, \
        Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    Some(is(&signed.authorization(), expected))
}

fn presigned() -> Option<bool> {
    let mut s3 = s3()?;
    let request = black_box(Request { path: "/test.txt", ..GET }.with_payload(None));
    let presigned = s3.presign(&request, Expires::seconds(86_400)?, may_24()?).ok()?;
    let expected = "https://examplebucket.s3.amazonaws.com/test.txt\
        ?X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
        &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
        &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    Some(is(&presigned.url("https"), expected))
}

fn multiple_chunks() -> Option<bool> {
    let headers = [STORAGE_CLASS, ("Content-Length", b"66824")];
    let expected = [
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        "10000;chunk-signature=\
        ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n",
        "400;chunk-signature=\
        0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n",
        "0;chunk-signature=\
        b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n",
    ];
    chunked(ChunkForm::Signed, &headers, None, expected)
}

fn trailer() -> Option<bool> {
    let trailer = Trailer { name: TrailerName::CRC32C, value_len: 8 };
    let expected = [
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
        "10000;chunk-signature=\
        b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n",
        "400;chunk-signature=\
        1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n",
        "0;chunk-signature=\
        2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n\
        x-amz-checksum-crc32c:sOO8/Q==\r\n\
        x-amz-trailer-signature:\
        d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
    ];
    let form = ChunkForm::SignedWithTrailer(trailer);
    chunked(form, &[STORAGE_CLASS], Some(b"sOO8/Q=="), expected)
}

/// 65 KB of the letter a, which are in flash.
static BODY: [u8; 66_560] = [b'a'; 66_560];

fn chunked(
    form: ChunkForm<'_>,
    headers: &[(&str, &[u8])],
    trailer: Option<&[u8]>,
    [seed, first, second, last]: [&str; 4],
) -> Option<bool> {
    let payload = Chunked { len: 66_560, chunk_len: 65_536, content_encoding: None, form };
    let Request { query, .. } = GET;
    let (host, path) = ("s3.amazonaws.com", "/examplebucket/chunkObject.txt");
    let request = black_box(Request { method: "PUT", host, path, query, headers, payload });
    let mut s3 = s3()?;
    let signed = s3.sign(&request, may_24()?).ok()?;
    let mut chunks = s3.chunks(&signed);
    let (long, short) = BODY.split_at_checked(65_536)?;
    let mut is_right = is(signed.signature(), seed);
    is_right &= is(&chunks.chunk(long).ok()?.head(), first);
    is_right &= is(&chunks.chunk(short).ok()?.head(), second);
    Some(is_right & is(&chunks.finish(trailer).ok()?, last))
}

/// Returns whether a value emits exactly this text.
fn is(value: &impl Emit, expected: &str) -> bool {
    let mut compared = Compared { left: expected.as_bytes(), is_equal: true };
    value.emit_to(&mut compared);
    compared.is_equal && compared.left.is_empty()
}

struct Compared<'e> {
    left: &'e [u8],
    is_equal: bool,
}

impl Sink for Compared<'_> {
    fn put(&mut self, bytes: &[u8]) {
        match self.left.strip_prefix(bytes) {
            Some(left) => self.left = left,
            None => self.is_equal = false,
        }
    }
}
