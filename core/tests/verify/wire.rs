//! A request in transit, to be tampered with, and the common parts of the cases.

use rolesig::{
    Credentials, Emit, Expires, Payload, PayloadForm, PayloadRule, ReceivedBody, ReceivedRequest,
    Request, Scheme, Service, SignedPayload, Signer, Timestamp, V4, Verified, Verifier,
    VerifyError,
};

pub(crate) const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "ASIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: None,
};

pub(crate) const WITH_TOKEN: Credentials<'static> =
    Credentials { session_token: Some("IQoJb3JpZ2luX2VjEXAMPLE"), ..CREDENTIALS };

pub(crate) const REQUEST: Request<'static> = Request {
    method: "PUT",
    host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
    path: "/data/part-00000",
    query: &[("x-id", "PutObject")],
    headers: &[("Content-Type", b"text/plain"), ("x-amz-meta-job", b"42")],
    payload: Payload::Bytes(b"hello"),
};

pub(crate) const REGION: &str = "eu-west-1";

pub(crate) const DYNAMODB: Service<'static> = Service::new("dynamodb");

pub(crate) const IOT: Service<'static> = Service::new("iotdevicegateway");

pub(crate) const NOW: u32 = 1_440_938_160;

pub(crate) fn now() -> Timestamp {
    Timestamp::from(NOW)
}

/// A request in transit, to be tampered with.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    /// `None` if it is not read.
    pub(crate) body: Option<Vec<u8>>,
}

impl Wire {
    pub(crate) fn new(
        request: &Request<'_, impl PayloadForm>,
        target: &str,
        body: Option<&[u8]>,
    ) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap());
        let headers = [("Host", request.host.as_bytes())].into_iter();
        let headers = headers.chain(request.headers.iter().copied());
        Self {
            method: request.method.to_owned(),
            path: path.to_owned(),
            query: pairs.map(|(name, value)| (decoded(name), decoded(value))).collect(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: body.map(<[u8]>::to_owned),
        }
    }

    pub(crate) fn header(&mut self, name: &str) -> &mut Vec<u8> {
        let named = |(other, _): &&mut (String, _)| other.eq_ignore_ascii_case(name);
        &mut self.headers.iter_mut().find(named).unwrap().1
    }

    pub(crate) fn pair(&mut self, name: &str) -> &mut String {
        &mut self.query.iter_mut().find(|(other, _)| other == name).unwrap().1
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn without_pair(mut self, name: &str) -> Self {
        self.query.retain(|(other, _)| other != name);
        self
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    pub(crate) fn with_pair(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a part of the authorization header replaced.
    pub(crate) fn authorized(mut self, from: &str, to: &str) -> Self {
        let value = self.header("authorization");
        let text = String::from_utf8(value.clone()).unwrap();
        assert!(text.contains(from), "{text}");
        *value = text.replace(from, to).into_bytes();
        self
    }

    /// Shows the request as it was received, without its body.
    pub(crate) fn with_received<T>(&self, see: impl FnOnce(&ReceivedRequest<'_>) -> T) -> T {
        let query: Vec<_> =
            self.query.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        see(&ReceivedRequest {
            method: &self.method,
            path: &self.path,
            query: &query,
            headers: &headers,
        })
    }

    /// Returns the signer and the payload, or the refusal.
    pub(crate) fn verify(
        &self,
        with: &Credentials<'_>,
        service: Service<'_>,
        now: Timestamp,
    ) -> Outcome {
        let verifier = Verifier::<V4, 24>::with_slots(REGION, service).allow_unsigned_payload();
        self.verified(with, &verifier, now, |verified| {
            (verified.access_key_id().to_owned(), verified.payload())
        })
    }

    pub(crate) fn verified<T, S: Scheme, const SLOTS: usize>(
        &self,
        with: &Credentials<'_>,
        verifier: &Verifier<'_, S, SLOTS>,
        now: Timestamp,
        see: impl FnOnce(&Verified<'_, S>) -> T,
    ) -> Result<T, VerifyError> {
        let body = self.body.as_deref().map_or(ReceivedBody::Unread, ReceivedBody::Bytes);
        let lookup = |access_key_id: &str, session_token: Option<&str>| {
            if access_key_id != with.access_key_id {
                return Err(VerifyError::InvalidAccessKeyId);
            }
            match session_token {
                Some("expired") => Err(VerifyError::ExpiredToken),
                _ if session_token != with.session_token => Err(VerifyError::InvalidToken),
                _ => Ok(with.secret_access_key),
            }
        };
        self.with_received(|request| {
            verifier.verify(request, body, now, lookup).map(|verified| see(&verified))
        })
    }
}

pub(crate) type Outcome = Result<(String, SignedPayload), VerifyError>;

pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((plain, triplet)) = rest.split_once('%') {
        bytes.extend(plain.bytes());
        bytes.push(u8::from_str_radix(&triplet[..2], 16).unwrap());
        rest = &triplet[2..];
    }
    bytes.extend(rest.bytes());
    String::from_utf8(bytes).unwrap()
}

/// Returns the body of a payload; `None` if the signature does not depend on it.
pub(crate) fn body<'a>(payload: &Payload<'a>) -> Option<&'a [u8]> {
    match payload {
        Payload::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

pub(crate) fn signed(with: Credentials<'_>, service: Service<'_>, request: &Request<'_>) -> Wire {
    signed_form(with, service, request, body(&request.payload))
}

pub(crate) fn signed_form<P: PayloadForm>(
    with: Credentials<'_>,
    service: Service<'_>,
    request: &Request<'_, P>,
    body: Option<&[u8]>,
) -> Wire {
    let mut signer = Signer::new(with, REGION, service).unwrap();
    let signed = signer.sign(request, now()).unwrap();
    let mut wire = Wire::new(request, &signed.target().to_string(), body);
    for (name, value) in signed.headers() {
        wire.headers.push((name.to_owned(), emitted(&value)));
    }
    wire
}

pub(crate) fn emitted(value: &impl Emit) -> Vec<u8> {
    let mut buffer = vec![0; value.emitted_len()];
    value.write_to(&mut buffer).unwrap();
    buffer
}

pub(crate) const HOUR: u32 = 3600;

pub(crate) fn presigned(
    with: Credentials<'_>,
    service: Service<'_>,
    request: &Request<'_>,
) -> Wire {
    let mut signer = Signer::new(with, REGION, service).unwrap();
    let hour = Expires::seconds(HOUR).unwrap();
    // Only some services know, without a header, that a body is signed.
    let is_told = service.payload_rule == PayloadRule::Signed;
    let to_presign = request.with_payload(is_told.then_some(request.payload));
    let presigned = signer.presign(&to_presign, hour, now()).unwrap();
    let mut wire = Wire::new(request, &presigned.target().to_string(), body(&request.payload));
    let added = presigned.header().into_iter();
    wire.headers.extend(added.map(|(name, value)| ((*name).to_owned(), value.to_vec())));
    wire
}

pub(crate) fn refusal(wire: &Wire) -> Option<VerifyError> {
    wire.verify(&CREDENTIALS, Service::S3, now()).err()
}

pub(crate) fn by_header() -> Wire {
    signed(CREDENTIALS, Service::S3, &REQUEST)
}

pub(crate) fn by_query() -> Wire {
    presigned(CREDENTIALS, Service::S3, &REQUEST)
}
