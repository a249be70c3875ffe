#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]
//!
//! # What to use
//!
//! | to | use |
//! |---|---|
//! | sign a request | [`Signer::sign`], which gives a [`Signed`]: a target and headers to send |
//! | make a URL that anyone may use until it expires | [`Signer::presign`], which gives a [`Presigned`] |
//! | make many such URLs with one session token | [`EncodedToken`] |
//! | upload a body in chunks | [`Chunked`] as a request's payload, and [`Signer::chunks`] |
//! | send an event stream | [`Events`] as a request's payload, and `Signer::events` |
//! | sign for a set of regions | `V4a`, the scheme of a [`Signer`] with the feature `sigv4a` |
//! | log in to a database or an EKS cluster | [`token::Database`], [`token::EksCluster`] |
//! | let a browser upload to S3 | [`PostPolicy`], [`Signer::sign_post`] |
//! | verify a request that was received | [`Verifier::verify`], which says who signed it, or why not |
//! | verify Signature Version 4a, also without a secret | `Verifier::<V4a>`, with the feature `sigv4a`; `PublicKey` |
//! | look at the stages of a signature | [`CanonicalRequest`], [`StringToSign`], [`HexDigest`] |
//! | fetch a role's credentials from IMDSv2 | [`conversation::Imds`], a [`conversation::Conversation`] |
//! | fetch them in a container: ECS, EKS Pod Identity | [`conversation::Container`], at a [`conversation::ContainerUri`] |
//! | assume a role, with credentials or a web identity token; ask who the caller is | [`conversation::Sts`] |
//! | fetch them with a device's certificate: AWS IoT Core | [`conversation::IotCredentials`] |
//! | know the region that an instance is in | [`conversation::Imds::region`] |
//! | do any of these over a stream of a device | `io::blocking::converse`, `io::asynch::converse` |
//! | or over a transport that is not a stream | [`http1::RequestMessage`], [`http1::Response`] |
//! | write the head of a signed request | [`http1::RequestHead`] |
//! | keep them until they expire | [`StoredCredentials`] |
//! | know when to renew them, and when not to ask | [`Refresh`] |
//! | read and write AWS's dates | [`Timestamp`] |
//! | correct a clock that is off, or learn the time | [`ClockSkew`] |
//! | encode an object's key for a path | [`percent::Encoded`] |

#[cfg(feature = "conversations")]
pub mod conversation;

mod credentials;
mod emit;
#[cfg(feature = "defmt")]
mod formats;
mod sign;
mod sigv4;
mod time;
mod verify;

#[cfg(feature = "conversations")]
pub use conversation::http1;
#[cfg(any(feature = "embedded-io", feature = "embedded-io-async"))]
pub use conversation::io;
pub use credentials::encoded_token::EncodedToken;
pub use credentials::refresh::{Refresh, RefreshState, Renewal, StaleCredentialsError};
pub use credentials::stored::StoredCredentials;
pub use credentials::{CheckedCredentials, Credentials, CredentialsError};
pub use emit::hex_digest::HexDigest;
pub use emit::sink::{BufferTooSmallError, Emit, Sink, Stage};
pub use emit::{percent, sink};
pub use sign::chunk::{Chunk, ChunkError, ChunkHead, ChunkSigner, LastChunk};
#[cfg(feature = "event-stream")]
pub use sign::event::{Event, EventSigner, EventTooLongError};
pub use sign::head::SignedHead;
pub use sign::post_policy::{Condition, FieldValue, PolicyDocument, PostPolicy, SignedPost};
pub use sign::presign::{Presigned, PresignedTarget, Url, WrittenUrl};
pub use sign::signed::{Authorization, HeaderValue, Signed, Target};
pub use sign::signer::Signer;
pub use sign::token;
pub use sigv4::canonical::CanonicalRequest;
pub use sigv4::error::SignError;
pub use sigv4::payload::{ChunkForm, Chunked, Events, Payload, PayloadForm};
pub use sigv4::request::Request;
pub use sigv4::scheme::{ByteQuery, Scheme};
pub use sigv4::scope::CredentialScope;
pub use sigv4::service::{PathRule, PayloadRule, Service, SessionTokenPlace};
pub use sigv4::signing_key::SigningKey;
#[cfg(feature = "sigv4a")]
pub use sigv4::sigv4a::{EcdsaSignature, PublicKey, V4a};
pub use sigv4::string_to_sign::StringToSign;
pub use sigv4::trailer::{Trailer, TrailerName, TrailerNameError};
pub use sigv4::v4::V4;
pub use time::expires::Expires;
pub use time::skew::ClockSkew;
pub use time::timestamp::{AmzDate, DateStamp, Timestamp, TimestampError};
pub use verify::chunks::{ChunkHeadReceived, ChunkVerifier};
pub use verify::claimed::Claimed;
pub use verify::decoder::{ChunkDecoder, ChunkEvent};
pub use verify::error::VerifyError;
pub use verify::error_code::ErrorCodes;
pub use verify::mechanism::{AuthMechanism, HeaderName};
pub use verify::received::{ReceivedBody, ReceivedRequest};
pub use verify::signed_payload::SignedPayload;
pub use verify::verified::Verified;
pub use verify::verifier::Verifier;
