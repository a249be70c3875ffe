//! A body in chunks, each signed after the one before it (`aws-chunked`), and its trailer.

use crate::emit::byte_class::{self, UNBROKEN};
use crate::emit::hex_digest::HexDigest;
use crate::emit::sink::Emit;
use crate::sign::signed::Signed;
use crate::sign::signer::Signer;
use crate::sigv4::payload::{ChunkForm, Chunked};
use crate::sigv4::scheme::Scheme;
use crate::sigv4::scope::CredentialScope;
use crate::sigv4::signing_key::SigningKey;
use crate::sigv4::string_to_sign::{ChunkStringToSign, StringToSign, TrailerLine};
use crate::sigv4::v4::V4;
use crate::time::timestamp::AmzDate;

mod encoded_len;
mod error;
mod wire;

pub use error::ChunkError;
pub use wire::{Chunk, ChunkHead, LastChunk};

const CHUNK_SIGNATURE: &str = ";chunk-signature=";
const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature:";
const LINE_END: &[u8] = b"\r\n";

#[expect(clippy::as_conversions, reason = "no const From")]
const fn wide(len: usize) -> u64 {
    len as u64
}

impl<S: Scheme, const SLOTS: usize> Signer<'_, S, SLOTS> {
    /// Creates the signer of the chunks of a request that this signer has signed. It does not need
    /// the signer any longer, and its chunks are good however late they are sent.
    pub fn chunks<'r>(&mut self, signed: &Signed<'r, Chunked<'r>, S, SLOTS>) -> ChunkSigner<'r, S> {
        let StringToSign { date, scope, .. } = *signed.string_to_sign();
        let key = self.key(&scope).clone();
        ChunkSigner::start(key, scope, date, *signed.signature(), *signed.payload())
    }
}

/// Signs the chunks of one body, in order. Each signature covers the one before it, so that no
/// chunk can be changed, left out or moved.
///
/// A sensor log larger than the memory that it is sent from:
///
/// ```
/// use rolesig::{ChunkForm, Chunked, Credentials, Emit, Request, Service, Signer, Timestamp, V4};
///
/// # let credentials = Credentials {
/// #     access_key_id: "AKIAIOSFODNN7EXAMPLE",
/// #     secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
/// #     session_token: None,
/// # };
/// let log = Chunked {
///     len: 20_000,
///     chunk_len: 8192,
///     content_encoding: None,
///     form: ChunkForm::Signed,
/// };
/// let request = Request {
///     method: "PUT",
///     host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
///     path: "/log",
///     query: &[],
///     headers: &[],
///     payload: log,
/// };
/// let now: Timestamp = "2026-11-22T12:00:00Z".parse()?;
/// let mut signer = Signer::new(credentials, "eu-west-1", Service::S3)?;
/// let signed = signer.sign(&request, now)?;
///
/// // The head: the signed headers, and Content-Length with what goes over the wire.
/// let mut sent = 0;
/// let mut chunks = signer.chunks(&signed);
/// for part in [[0; 8192].as_slice(), &[0; 8192], &[0; 3616]] {
///     sent += chunks.chunk(part)?.emitted_len();
/// }
/// sent += chunks.finish(None)?.emitted_len();
/// assert_eq!(sent as u64, log.encoded_len::<V4>());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" and "… Including Trailing Headers" (Amazon S3).
#[derive(Debug)]
pub struct ChunkSigner<'r, S: Scheme = V4> {
    key: S::Key,
    date: AmzDate,
    scope: CredentialScope<'r>,
    previous: S::Signature,
    form: ChunkForm<'r>,
    chunk_len: usize,
    left: u64,
}

impl<'r, S: Scheme> ChunkSigner<'r, S> {
    /// Creates the signer of the chunks of a request that was signed before, with this key and scope
    /// and at this date. Unlike [`Signer::chunks`], it borrows nothing of the request.
    pub fn new(
        key: &SigningKey<S>,
        scope: CredentialScope<'r>,
        date: AmzDate,
        signature: S::Signature,
        body: Chunked<'r>,
    ) -> Self {
        Self::start(key.key().clone(), scope, date, signature, body)
    }

    const fn start(
        key: S::Key,
        scope: CredentialScope<'r>,
        date: AmzDate,
        previous: S::Signature,
        body: Chunked<'r>,
    ) -> Self {
        let Chunked { len: left, chunk_len, form, .. } = body;
        Self { key, date, scope, previous, form, chunk_len, left }
    }

    /// Signs the next chunk: [`Chunked::chunk_len`] bytes of the body, or what is left of it.
    ///
    /// # Errors
    /// [`ChunkError::ChunkLength`] if it is of another length; the signer is then as it was.
    pub fn chunk<'d>(&mut self, data: &'d [u8]) -> Result<Chunk<'d, S>, ChunkError> {
        let needed =
            usize::try_from(self.left).map_or(self.chunk_len, |left| self.chunk_len.min(left));
        if data.len() != needed || needed == 0 {
            return Err(ChunkError::ChunkLength { needed });
        }
        self.left -= wide(needed);
        Ok(Chunk { signature: self.sign_data(data), data })
    }

    /// Signs the end of the body, and its trailer's value if one was announced.
    ///
    /// # Errors
    /// [`ChunkError::BodyTooShort`] if the body is not at its end; [`ChunkError::UnexpectedTrailer`] or
    /// [`ChunkError::InvalidTrailer`] if the trailer is not the one that was announced. Break the
    /// upload off: the server keeps nothing of it.
    pub fn finish<'d>(mut self, trailer: Option<&'d [u8]>) -> Result<LastChunk<'d, S>, ChunkError>
    where
        'r: 'd,
    {
        if self.left > 0 {
            return Err(ChunkError::BodyTooShort { left: self.left });
        }
        let trailer = match (self.form.trailer(), trailer) {
            (None, None) => None,
            (None, Some(_)) => return Err(ChunkError::UnexpectedTrailer),
            (Some(announced), value) => {
                let value = value.unwrap_or_default();
                if value.len() != announced.value_len || !byte_class::all(value, UNBROKEN) {
                    return Err(ChunkError::InvalidTrailer { needed: announced.value_len });
                }
                Some((announced.name.as_str(), value))
            }
        };
        let signature = self.sign_data(b"");
        let trailer_signature = trailer.and_then(|(name, value)| {
            let line = TrailerLine { name, value, line_end: b"\n" };
            self.sign("-TRAILER", None, &line)
        });
        Ok(LastChunk { signature, trailer, trailer_signature })
    }

    fn sign_data(&mut self, data: &[u8]) -> Option<S::Signature> {
        let nothing = HexDigest::of(&"");
        self.sign("-PAYLOAD", Some(nothing), &data)
    }

    fn sign(
        &mut self,
        form: &'static str,
        headers: Option<HexDigest>,
        content: &dyn Emit,
    ) -> Option<S::Signature> {
        if matches!(self.form, ChunkForm::UnsignedWithTrailer(_)) {
            return None;
        }
        let string_to_sign = ChunkStringToSign {
            algorithm: S::ALGORITHM,
            form,
            date: self.date,
            scope: self.scope,
            previous: self.previous,
            headers,
            content: HexDigest::of(content),
        };
        self.previous = S::authenticate(&self.key, &string_to_sign);
        Some(self.previous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Credentials;
    use crate::emit::sink::Sink;
    use crate::sigv4::request::Request;
    use crate::sigv4::service::Service;
    use crate::sigv4::trailer::{Trailer, TrailerName};
    use crate::time::timestamp::Timestamp;

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
        let mut chunks = signer.chunks(&signed);
        let mut wire = Text(Vec::new());
        for data in vec![b'a'; 66_560].chunks(65_536) {
            chunks.chunk(data).unwrap().emit_to(&mut wire);
        }
        chunks.finish(trailer).unwrap().emit_to(&mut wire);
        assert_eq!(wide(wire.0.len()), request.payload.encoded_len::<V4>());
        (signed.signature().to_string(), String::from_utf8(wire.0).unwrap())
    }

    #[test]
    fn the_worked_example() {
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
    fn the_worked_example_of_a_trailer() {
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
    fn chunks_that_only_a_checksum_protects() {
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
}
