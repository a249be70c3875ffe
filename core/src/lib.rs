#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
//! AWS Signature Version 4, and the protocols that hand out role credentials, for programs without
//! `std`, allocator, clock or I/O: firmware, enclaves, wasm, small binaries.
//!
//! | to | use |
//! |---|---|
//! | sign a request | [`Signer::sign`], which gives a [`Signed`]: a target and headers to send |
//! | make a URL that anyone may use until it expires | [`Signer::presign`], which gives a [`Presigned`] |
//! | upload a body in chunks | [`Chunked`] as a request's payload, and [`Signer::chunks`] |
//! | send an event stream | [`Events`] as a request's payload, and `Signer::events` |
//! | sign for a set of regions | `V4a`, the scheme of a [`Signer`] with the feature `sigv4a` |
//! | log in to a database or an EKS cluster | [`token::Database`], [`token::EksCluster`] |
//! | let a browser upload to S3 | [`PostPolicy`], [`Signer::sign_post`] |
//! | verify a request that was received | [`Verifier::verify`], which says who signed it, or why not |
//! | look at the stages of a signature | [`CanonicalRequest`], [`StringToSign`], [`HexDigest`] |
//! | fetch a role's credentials from IMDSv2 | [`provider::Imds`], a [`provider::Conversation`] |
//! | fetch them in a container: ECS, EKS Pod Identity | [`provider::Container`], at a [`provider::ContainerUri`] |
//! | assume a role, with credentials or a web identity token; ask who the caller is | [`provider::Sts`] |
//! | fetch them with a device's certificate: AWS IoT Core | [`provider::IotCredentials`] |
//! | know the region that an instance is in | [`provider::Imds::region`] |
//! | do any of these over a stream of a device | `io::blocking::converse`, `io::asynch::converse` |
//! | or over a transport that is no stream | [`http1::Request`], [`http1::Response`] |
//! | keep them until they expire | [`StoredCredentials`] |
//! | know when to renew them, and when not to ask | [`Refresh`] |
//! | read and write AWS's dates | [`Timestamp`] |
//! | correct a clock that is off, or learn the time | [`ClockSkew`] |
//! | encode an object's key for a path | [`percent::Encoded`] |
//!
//! What is written writes itself: see [`Emit`] and [`Sink`]. Time is always an argument. Errors are
//! `Copy`, hold no secrets, and say what mends them.
//!
//! # Panics
//! None: signer, verifier (chunks and events included) and the conversations with IMDSv2, STS and AWS
//! IoT link into bare-metal images whose panic handler does not exist. Not of `V4a`, since the elliptic
//! curve slices by index.
//!
//! # Features
//! `provider` (on by default): the conversations. `embedded-io`, `embedded-io-async`: their drivers.
//! `event-stream`: signed event streams, with crc. `sigv4a`: Signature Version 4a, with p256.

#[cfg(feature = "provider")]
pub mod http1;
#[cfg(any(feature = "embedded-io", feature = "embedded-io-async"))]
pub mod io;
pub mod percent;
#[cfg(feature = "provider")]
pub mod provider;
pub mod sink;
pub mod token;

mod base64;
mod byte_class;
mod canonical;
mod chunk;
mod credentials;
mod decimal;
#[cfg(feature = "event-stream")]
mod event;
mod expires;
mod hex_digest;
mod payload;
mod post_policy;
mod presign;
mod received;
mod refresh;
mod request;
mod scheme;
mod scope;
mod service;
mod sign;
mod sign_error;
mod signed;
mod signing_key;
#[cfg(feature = "sigv4a")]
mod sigv4a;
mod skew;
mod slots;
mod staged;
mod string_to_sign;
mod timestamp;
mod verify;
mod verify_error;
mod work;

pub use canonical::CanonicalRequest;
pub use chunk::{Chunk, ChunkError, ChunkHead, ChunkSigner, LastChunk};
pub use credentials::stored::StoredCredentials;
pub use credentials::{Credentials, InvalidCredentials};
#[cfg(feature = "event-stream")]
pub use event::{Event, EventSigner, EventTooLong};
pub use expires::Expires;
pub use hex_digest::HexDigest;
pub use payload::{ChunkForm, Chunked, Events, Payload, PayloadForm, Trailer};
pub use post_policy::{Condition, FieldValue, PolicyDocument, PostPolicy, SignedPost};
pub use presign::{Presigned, PresignedTarget, Url};
pub use received::{ReceivedBody, ReceivedRequest};
pub use refresh::{Refresh, RefreshState, Renewal, StaleCredentials};
pub use request::Request;
pub use scheme::{ByteQuery, Scheme};
pub use scope::CredentialScope;
pub use service::{PathRule, PayloadRule, Service, SessionTokenPlace};
pub use sign::Signer;
pub use sign_error::SignError;
pub use signed::{Authorization, HeaderValue, Signed, Target};
pub use signing_key::V4;
#[cfg(feature = "sigv4a")]
pub use sigv4a::{EcdsaSignature, V4a};
pub use sink::{BufferTooSmall, Emit, Sink};
pub use skew::ClockSkew;
pub use string_to_sign::StringToSign;
pub use timestamp::{AmzDate, DateStamp, InvalidTimestamp, Timestamp};
pub use verify::{ChunkHeadReceived, ChunkVerifier, SignedPayload, Verified, Verifier};
pub use verify_error::VerifyError;

/// The README's examples compile.
#[cfg(all(doctest, feature = "provider"))]
#[doc = include_str!("../../README.md")]
struct Readme;
