//! Requests to sign, and changes to them in transit.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderValue, Request};
use rolesig::percent::Encoded;
use rolesig::{Credentials, Expires, Payload, Service, Signer, Timestamp};

use super::{KEY_ID, REGION, SECRET};

/// A request as it arrives.
pub(crate) type Wire = Request<Bytes>;

pub(crate) fn seconds_ago(age: i64) -> Timestamp {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    Timestamp::from_unix(now.checked_add_signed(-age).unwrap()).unwrap()
}

/// A request to sign, and its options.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) presign: bool,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) is_unsigned: bool,
    pub(crate) key_id: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) session_token: Option<&'static str>,
    pub(crate) region: &'static str,
    pub(crate) service: &'static str,
    /// In seconds.
    pub(crate) age: i64,
    pub(crate) expires: u32,
    pub(crate) random: usize,
}

impl Case {
    pub(crate) fn new(random: &mut Random) -> Self {
        let key = random.text();
        let query = random.some(&["a b", "list-type", "prefix", "versionId", "x-id"]);
        let headers = random.some(&[
            ("Cache-Control", "no-cache, private"),
            ("Range", "bytes=0-9"),
            ("x-amz-meta-job", "42 of 43"),
            ("Content-Type", "text/plain"),
        ]);
        Self {
            presign: random.below(2) == 0,
            method: ["GET", "PUT", "HEAD"][random.below(3)],
            path: format!("/bucket/k{}", Encoded::path(&key)),
            query: query.into_iter().map(|name| (name, random.text())).collect(),
            headers: headers.into_iter().map(|(name, value)| (name, value.into())).collect(),
            body: random.text().into_bytes(),
            is_unsigned: random.below(4) == 0,
            key_id: KEY_ID,
            secret: SECRET,
            session_token: random.some(&["IQoJb3JpZ2luX2Vj/+="]).pop(),
            region: REGION,
            service: "s3",
            age: 0,
            expires: 3600,
            random: random.below(64),
        }
    }

    pub(crate) fn presigned(&self) -> Option<Self> {
        self.presign.then(|| self.clone())
    }

    pub(crate) fn with_header(&self, name: &'static str, value: &[u8]) -> Self {
        let mut case = self.clone();
        case.headers.push((name, value.to_vec()));
        case
    }

    /// Signs and sends the case.
    pub(crate) fn send(&self) -> Wire {
        let query: Vec<_> = self.query.iter().map(|(name, value)| (*name, &**value)).collect();
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (*name, &**value)).collect();
        let payload = if self.is_unsigned { Payload::Unsigned } else { Payload::Bytes(&self.body) };
        let Self { method, path, key_id, secret, region, .. } = self;
        let (query, headers, host) = (&query[..], &headers[..], "localhost:8014");
        let request = rolesig::Request { method, host, path, query, headers, payload };
        let credentials = Credentials {
            access_key_id: key_id,
            secret_access_key: secret,
            session_token: self.session_token,
        };
        let service = Service { name: self.service, ..Service::S3 };
        let mut signer = Signer::new(credentials, region, service).unwrap();

        let mut wire = Request::builder().method(*method).header("host", host);
        for (name, value) in headers {
            wire = wire.header(*name, *value);
        }
        let target = if self.presign {
            let expires = Expires::seconds(self.expires).unwrap();
            let request = request.with_payload(None);
            let presigned = signer.presign(&request, expires, seconds_ago(self.age)).unwrap();
            presigned.target().to_string()
        } else {
            let signed = signer.sign(&request, seconds_ago(self.age)).unwrap();
            for (name, value) in signed.headers() {
                wire = wire.header(name, value.to_string());
            }
            signed.target().to_string()
        };
        wire.uri(target).body(Bytes::from(self.body.clone())).unwrap()
    }

    /// Signs the case, and sends another body.
    pub(crate) fn other_body(&self) -> Wire {
        self.send().map(|body| Bytes::from([&body, &b"x"[..]].concat()))
    }

    /// Signs the case, and leaves out a header.
    pub(crate) fn without(&self, name: &str) -> Option<Wire> {
        let mut wire = self.send();
        wire.headers_mut().remove(name).map(|_| wire)
    }

    /// Signs the case, and changes the value of a header.
    pub(crate) fn header(
        &self,
        name: &'static str,
        change: impl FnOnce(&str) -> String,
    ) -> Option<Wire> {
        let mut wire = self.send();
        let old = wire.headers().get(name)?.to_str().unwrap();
        let new = change(old);
        (new != old).then(|| {
            wire.headers_mut().insert(name, HeaderValue::try_from(new).unwrap());
            wire
        })
    }

    pub(crate) fn job(&self, change: impl FnOnce(&str) -> String) -> Option<Wire> {
        self.header("x-amz-meta-job", change)
    }

    /// Signs the case, and changes the target.
    pub(crate) fn target(&self, change: impl FnOnce(&str) -> String) -> Option<Wire> {
        let mut wire = self.send();
        let old = wire.uri().to_string();
        let new = change(&old);
        (new != old).then(|| {
            *wire.uri_mut() = new.parse().unwrap();
            wire
        })
    }

    pub(crate) fn path(&self, change: impl FnOnce(&str) -> String) -> Option<Wire> {
        self.target(|target| match target.split_once('?') {
            Some((path, query)) => format!("{}?{query}", change(path)),
            None => change(target),
        })
    }

    pub(crate) fn query(&self, change: impl FnOnce(&str) -> String) -> Option<Wire> {
        self.target(|target| match target.split_once('?') {
            Some((path, query)) => format!("{path}?{}", change(query)),
            None => target.to_owned(),
        })
    }

    /// Signs the case, and changes the credential, the names or the signature.
    pub(crate) fn proof(&self, change: impl FnOnce(&str) -> String) -> Option<Wire> {
        if self.presign { self.query(change) } else { self.header("authorization", change) }
    }

    pub(crate) fn signature(&self, change: impl FnOnce(&mut String)) -> Option<Wire> {
        self.proof(|proof| {
            let (before, signature) = proof.split_once("Signature=").unwrap();
            let (digits, after) = signature.split_at(64);
            let mut digits = digits.to_owned();
            change(&mut digits);
            format!("{before}Signature={digits}{after}")
        })
    }
}

pub(crate) fn added(mut wire: Wire, name: &'static str, value: &'static str) -> Wire {
    wire.headers_mut().append(name, HeaderValue::from_static(value));
    wire
}

/// Knuth's linear congruential generator, whose upper half is random enough.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn some<T: Copy>(&mut self, all: &[T]) -> Vec<T> {
        all.iter().copied().filter(|_| self.below(2) == 0).collect()
    }

    fn text(&mut self) -> String {
        let pieces = ["a", "b c", "+", "é", "漢", "/", "//", "..", "~", "=&", "%41", "(*)"];
        (0..self.below(7)).map(|_| pieces[self.below(pieces.len())]).collect()
    }
}
