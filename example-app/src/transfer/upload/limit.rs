//! The limit of requests in flight.

mod concurrency;
pub(super) mod in_flight;
