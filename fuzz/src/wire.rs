//! A request as it is sent, and changes of it.

use arbitrary::{Arbitrary, Result, Unstructured};

use crate::text::Text;

/// Names and values of a changed request, besides any others.
const PIECES: [&str; 20] = [
    "authorization",
    "date",
    "Host",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-s3session-token",
    "X-Amz-Algorithm",
    "X-Amz-Content-Sha256",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
    "AWS4-HMAC-SHA256",
    "AWS4-HMAC-SHA256 Credential=a/20150830/eu-west-1/s3/aws4_request,SignedHeaders=host,Signature=",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "UNSIGNED-PAYLOAD",
    "604800",
];

/// A request to sign, or a received one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Option<Vec<u8>>,
}

/// A change of a received request. Places wrap around at the end.
#[derive(Debug)]
pub enum Change {
    Bit(usize, usize),
    Swap(usize, usize),
    Drop(usize),
    Text(usize, String),
    AddHeader(String, Vec<u8>),
    AddPair(String, String),
    Unread,
}

impl<'a> Arbitrary<'a> for Change {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let text = |u: &mut Unstructured<'_>| {
            if u.arbitrary()? {
                u.choose(&PIECES).map(ToString::to_string)
            } else {
                Ok(Text::arbitrary(u)?.0)
            }
        };
        Ok(match u.int_in_range(0..=7)? {
            0 | 1 => Self::Bit(u.arbitrary()?, u.arbitrary()?),
            2 => Self::Swap(u.arbitrary()?, u.arbitrary()?),
            3 => Self::Drop(u.arbitrary()?),
            4 => Self::Text(u.arbitrary()?, text(u)?),
            5 => Self::AddHeader(text(u)?, text(u)?.into_bytes()),
            6 => Self::AddPair(text(u)?, text(u)?),
            _ => Self::Unread,
        })
    }
}

impl Owned {
    /// Makes a change.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Bit(place, bit) => {
                let mut bytes = self.text(*place);
                if !bytes.is_empty() {
                    let at = bit / 8 % bytes.len();
                    bytes[at] ^= 1 << (bit % 8);
                }
                self.set_text(*place, bytes);
            }
            Change::Text(place, text) => self.set_text(*place, text.clone().into_bytes()),
            Change::Swap(a, b) => {
                let (headers, pairs) = (self.headers.len(), self.query.len());
                self.headers.swap(a % headers.max(1), b % headers.max(1));
                if pairs > 0 {
                    self.query.swap(a % pairs, b % pairs);
                }
            }
            Change::Drop(place) => {
                let place = place % (self.headers.len() + self.query.len());
                if place >= self.headers.len() {
                    self.query.remove(place - self.headers.len());
                } else if self.headers.len() > 1 {
                    self.headers.remove(place);
                }
            }
            Change::AddHeader(name, value) => self.headers.push((name.clone(), value.clone())),
            Change::AddPair(name, value) => self.query.push((name.clone(), value.clone())),
            Change::Unread => self.body = None,
        }
    }

    /// Returns the text at a place: method, path, body, then names and values.
    fn text(&self, place: usize) -> Vec<u8> {
        let texts = [self.method.clone().into_bytes(), self.path.clone().into_bytes()].into_iter();
        let texts = texts.chain([self.body.clone().unwrap_or_default()]);
        let pairs = self.query.iter().flat_map(|(a, b)| [a.clone(), b.clone()]);
        let texts = texts.chain(pairs.map(String::into_bytes));
        let headers = self.headers.iter();
        let headers = headers.flat_map(|(a, b)| [a.clone().into_bytes(), b.clone()]);
        texts.chain(headers).nth(place % self.texts()).unwrap()
    }

    fn texts(&self) -> usize {
        3 + 2 * self.query.len() + 2 * self.headers.len()
    }

    fn set_text(&mut self, place: usize, bytes: Vec<u8>) {
        let place = place % self.texts();
        let pairs = 3 + 2 * self.query.len();
        let text = String::from_utf8(bytes.clone());
        match (place, text) {
            (0, Ok(text)) => self.method = text,
            (1, Ok(text)) => self.path = text,
            (2, _) if self.body.is_some() => self.body = Some(bytes),
            (3.., Ok(text)) if place < pairs => {
                let pair = &mut self.query[(place - 3) / 2];
                *(if place % 2 == 1 { &mut pair.0 } else { &mut pair.1 }) = text;
            }
            (3.., text) if place >= pairs => {
                let header = &mut self.headers[(place - pairs) / 2];
                match ((place - pairs) % 2, text) {
                    (0, Ok(text)) => header.0 = text,
                    (1, _) => header.1 = bytes,
                    _ => {}
                }
            }
            _ => {}
        }
    }
}
