//! Verification: who signed a received request, and whether the signature is right.

pub(crate) mod chunks;
pub(crate) mod claimed;
pub(crate) mod decoder;
pub(crate) mod error;
pub(crate) mod error_code;
pub(crate) mod framing;
pub(crate) mod mechanism;
pub(crate) mod presented;
pub(crate) mod received;
pub(crate) mod region_set;
pub(crate) mod signed_names;
pub(crate) mod signed_payload;
pub(crate) mod split;
pub(crate) mod verified;
pub(crate) mod verifier;
