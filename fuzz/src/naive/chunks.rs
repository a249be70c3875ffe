//! A body in signed chunks, by its documentation ("Signature Calculations for the Authorization
//! Header: Transferring Payload in Multiple Chunks" and "… Including Trailing Headers", Amazon S3).
//! It is read as a whole.

use super::{hex, hmac, sha256};

/// The parameters of the body's signatures.
#[derive(Clone, Debug)]
pub struct Chunked {
    pub secret_access_key: String,
    /// `20150830T123600Z`.
    pub date: String,
    pub region: String,
    pub service: String,
    /// The signature of the request's head.
    pub seed: String,
    /// The length of the body itself.
    pub len: u64,
    pub has_trailer: bool,
}

/// A body with valid signatures.
#[derive(Debug, PartialEq, Eq)]
pub struct Received {
    pub body: Vec<u8>,
    /// The bytes received, with lengths in the signer's form, which is not signed.
    pub wire: Vec<u8>,
}

/// Reads a body; `None` if anything in it is wrong.
pub fn receive(chunked: &Chunked, wire: &[u8]) -> Option<Received> {
    let mut previous = chunked.seed.clone();
    let mut received = Received { body: Vec::new(), wire: Vec::new() };
    let mut rest = wire;
    loop {
        let (line, after) = line(rest)?;
        let (digits, signature) = line.split_once(";chunk-signature=")?;
        let is_number = !digits.is_empty() && digits.len() <= 16;
        if !is_number || !digits.chars().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let len = u64::from_str_radix(digits, 16).ok()?;
        let data = after.get(..usize::try_from(len).ok()?)?;
        rest = &after[data.len()..];
        let (nothing, content) = (hex(&sha256(b"")), hex(&sha256(data)));
        previous = chunked.sign("-PAYLOAD", &format!("{previous}\n{nothing}\n{content}"));
        if signature != previous {
            return None;
        }
        received.body.extend(data);
        received.wire.extend(format!("{len:x};chunk-signature={signature}\r\n").bytes());
        received.wire.extend(data);
        if len == 0 {
            break;
        }
        rest = rest.strip_prefix(b"\r\n")?;
        received.wire.extend(b"\r\n");
    }
    received.wire.extend(rest);
    let is_end = if chunked.has_trailer {
        let (trailer, rest) = line_of_bytes(rest)?;
        let (signature, rest) = line(rest)?;
        let digest = hex(&sha256(&[trailer, b"\n"].concat()));
        let expected = chunked.sign("-TRAILER", &format!("{previous}\n{digest}"));
        let is_signed = signature == format!("x-amz-trailer-signature:{expected}");
        is_signed && trailer.contains(&b':') && rest == b"\r\n"
    } else {
        rest == b"\r\n"
    };
    (is_end && received.body.len() as u64 == chunked.len).then_some(received)
}

impl Chunked {
    fn sign(&self, form: &str, rest: &str) -> String {
        let Self { date, region, service, .. } = self;
        let day = &date[..8];
        let mut key = format!("AWS4{}", self.secret_access_key).into_bytes();
        for message in [day, region, service, "aws4_request"] {
            key = hmac(&key, message.as_bytes());
        }
        let string_to_sign = format!(
            "AWS4-HMAC-SHA256{form}\n{date}\n{day}/{region}/{service}/aws4_request\n{rest}"
        );
        hex(&hmac(&key, string_to_sign.as_bytes()))
    }
}

fn line_of_bytes(wire: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = wire.windows(2).position(|pair| pair == b"\r\n")?;
    Some((&wire[..end], &wire[end + 2..]))
}

fn line(wire: &[u8]) -> Option<(&str, &[u8])> {
    let (line, rest) = line_of_bytes(wire)?;
    Some((str::from_utf8(line).ok()?, rest))
}
