//! The requests of all measurements.
//!
//! | name | what | canonical request |
//! |---|---|---|
//! | R1 | S3 `PutObject` with role credentials and a known hash of the body | 1,431 B |
//! | R2 | DynamoDB `PutItem`, 300-byte body hashed in the operation | 1,153 B |
//! | R3 | S3 `GetObject`, presigned for an hour | 1,244 B |
//! | R3p | R3 with a session token that is kept percent-encoded | 1,244 B |

use core::hint::black_box;

use rolesig::{
    BufferTooSmallError, Claimed, CredentialScope, Credentials, Emit, EncodedToken, Expires,
    Payload, ReceivedBody, ReceivedRequest, Request, Service, SignError, Signer, SigningKey,
    Timestamp, Verifier, VerifyError,
};

pub mod timed;

/// 2015-08-30T12:36:00Z.
pub const NOW: u32 = 1_440_938_160;

/// The region of all requests.
pub const REGION: &str = "eu-west-1";

/// The body of R2.
pub const ITEM: &[u8; 300] = &[b'x'; 300];

/// A request with its region and service.
pub struct Case {
    /// The name: `R1`, `R2`.
    pub name: &'static str,
    /// The signing name of the service.
    pub service: Service<'static>,
    /// The request.
    pub request: Request<'static>,
    /// The validity of the presigned request, if it is presigned.
    pub expires: Option<Expires>,
    /// True if the session token is encoded once, and kept.
    pub keeps_encoded_token: bool,
}

/// The results of signing a request.
pub struct Made {
    /// The length of the canonical request, in bytes.
    pub canonical_request: usize,
    /// The length of the string to sign, in bytes.
    pub string_to_sign: usize,
    /// The signature.
    pub signature: String,
}

impl Case {
    /// Returns the session token as URLs have it; nothing, if it is not kept.
    ///
    /// # Errors
    /// If it is longer than that of all requests.
    pub fn encoded_token(
        &self,
        session_token: &str,
    ) -> Result<EncodedToken<[u8; 1024]>, BufferTooSmallError> {
        let mut encoded = EncodedToken::new([0; 1024]);
        if self.keeps_encoded_token {
            encoded.encode(&credentials(session_token))?;
        }
        Ok(encoded)
    }

    /// Signs the request into a buffer, and returns the `Authorization` header or the URL.
    ///
    /// # Errors
    /// If the request cannot be signed.
    pub fn sign<'a: 'b, 'b>(
        &self,
        signer: &mut Signer<'a>,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], SignError> {
        // Not known when it is compiled, as in no program.
        let now = Timestamp::from(black_box(NOW));
        Ok(match self.expires {
            None => signer.sign_into(&self.request, now, buffer)?.authorization(),
            Some(expires) => {
                let request = self.request.with_payload(None);
                signer.presign_into(&request, expires, now, "https", buffer)?.url()
            }
        })
    }

    /// Signs the request, and passes it to `look` as a verifier receives it.
    ///
    /// # Errors
    /// If the request cannot be signed.
    pub fn receive(
        &self,
        session_token: &str,
        look: impl FnOnce(&Received<'_>),
    ) -> Result<(), SignError> {
        let Request { method, host, path, headers, payload, .. } = self.request;
        let (now, credentials) = (Timestamp::from(NOW), credentials(session_token));
        let scope = CredentialScope::new(now.amz_date().date(), REGION, self.service.name);
        let key = SigningKey::derive(&credentials, &scope);
        let mut signer: Signer<'_> = Signer::new(credentials, REGION, self.service)?;
        let mut buffer = [0; 4096];
        let signed = signer.sign_into(&self.request, now, &mut buffer)?;
        let host = ("host", host.as_bytes());
        let headers: Vec<_> =
            headers.iter().copied().chain(signed.headers()).chain([host]).collect();
        look(&Received {
            request: ReceivedRequest { method, path, query: &[], headers: &headers },
            body: match payload {
                Payload::Bytes(bytes) => ReceivedBody::Bytes(bytes),
                Payload::Sha256(hash) => ReceivedBody::Sha256(hash),
                _ => ReceivedBody::Unread,
            },
            verifier: Verifier::new(REGION, self.service),
            secret_access_key: credentials.secret_access_key,
            key,
        });
        Ok(())
    }

    /// Signs the request, and returns its stages.
    ///
    /// # Errors
    /// If the request cannot be signed.
    pub fn stages(&self, signer: &mut Signer<'_>) -> Result<Made, SignError> {
        let now = Timestamp::from(NOW);
        let made = |canonical_request, string_to_sign, signature| Made {
            canonical_request,
            string_to_sign,
            signature,
        };
        Ok(if let Some(expires) = self.expires {
            let presigned = signer.presign(&self.request.with_payload(None), expires, now)?;
            made(
                presigned.canonical_request().emitted_len(),
                presigned.string_to_sign().emitted_len(),
                presigned.signature().to_string(),
            )
        } else {
            let signed = signer.sign(&self.request, now)?;
            made(
                signed.canonical_request().emitted_len(),
                signed.string_to_sign().emitted_len(),
                signed.signature().to_string(),
            )
        })
    }
}

/// A signed request as it is received, and what verifies it.
pub struct Received<'r> {
    request: ReceivedRequest<'r>,
    body: ReceivedBody<'r>,
    verifier: Verifier<'r>,
    secret_access_key: &'r str,
    key: SigningKey,
}

impl Received<'_> {
    /// Verifies the request with the day's key.
    ///
    /// # Errors
    /// If the signature is wrong.
    pub fn verify(&self) -> Result<(), VerifyError> {
        let claimed = self.claimed()?;
        black_box(claimed.finish_with_key(&self.key, self.body)?.access_key_id());
        Ok(())
    }

    /// Verifies the request with the secret access key, from which the day's key is derived.
    ///
    /// # Errors
    /// If the signature is wrong.
    pub fn verify_with_secret(&self) -> Result<(), VerifyError> {
        let claimed = self.claimed()?;
        black_box(claimed.finish(black_box(self.secret_access_key), self.body)?.access_key_id());
        Ok(())
    }

    fn claimed(&self) -> Result<Claimed<'_>, VerifyError> {
        self.verifier.begin(black_box(&self.request), Timestamp::from(black_box(NOW)))
    }
}

/// Returns role credentials with this session token.
pub fn credentials(session_token: &str) -> Credentials<'_> {
    Credentials {
        access_key_id: "ASIAIOSFODNN7EXAMPLE",
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        session_token: Some(session_token),
    }
}

/// Returns the session token of all requests, which has 850 bytes.
pub fn session_token() -> String {
    "IQoJb3JpZ2luX2VjEXAMPLE/+".chars().cycle().take(850).collect()
}

/// S3 `PutObject`.
pub const R1: Case = Case {
    name: "R1",
    service: Service::S3,
    request: Request {
        method: "PUT",
        host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
        path: "/data/part-00000%20with%20space%20%26%20%C3%BCn%C3%AFcode.parquet",
        query: &[],
        headers: &[
            ("content-length", b"134217728"),
            ("content-type", b"application/vnd.apache.parquet"),
            ("x-amz-meta-job", b"application_1440938160_0042"),
            ("x-amz-meta-mtime", b"1440938160"),
        ],
        payload: Payload::Sha256([0x5a; 32]),
    },
    expires: None,
    keeps_encoded_token: false,
};

/// DynamoDB `PutItem`.
pub const R2: Case = Case {
    name: "R2",
    service: Service::new("dynamodb"),
    request: Request {
        method: "POST",
        host: "dynamodb.eu-west-1.amazonaws.com",
        path: "/",
        query: &[],
        headers: &[
            ("content-type", b"application/x-amz-json-1.0"),
            ("x-amz-target", b"DynamoDB_20120810.PutItem"),
        ],
        payload: Payload::Bytes(ITEM),
    },
    expires: None,
    keeps_encoded_token: false,
};

/// S3 `GetObject`, presigned.
pub const R3: Case = Case {
    name: "R3",
    service: Service::S3,
    request: Request { method: "GET", headers: &[], payload: Payload::Unsigned, ..R1.request },
    expires: Expires::seconds(3600),
    keeps_encoded_token: false,
};

/// R3 with a session token that is kept percent-encoded.
pub const R3P: Case = Case { name: "R3p", keeps_encoded_token: true, ..R3 };

/// The examples of the README and of the guides, which lie outside of every package.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../docs/embedded.md")]
    struct Embedded;
    #[doc = include_str!("../../docs/verifying-requests.md")]
    struct VerifyingRequests;
}
