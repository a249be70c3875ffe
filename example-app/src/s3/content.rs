//! The content of objects: how it is read, sent, counted, paced and identified.

pub mod bandwidth;
pub mod body;
pub mod checksum;
pub mod condition;
pub mod confirmation;
pub mod content_hash;
pub mod etag;
pub(crate) mod object_head;
pub(crate) mod paced;
pub mod progress;
pub mod span;
pub mod sse_c;
