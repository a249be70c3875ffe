//! The spans and events of a cache, without the feature `tracing`: none.

use core::fmt::Display;

use rolesig::RefreshState;

use super::shared_file::SharedFileError;
use super::status::CacheStatus;

pub(super) fn in_span<F: Future>(fetch: F, _: RefreshState, _: &str) -> F {
    fetch
}

pub(super) fn fetched<E: Display>(_: &CacheStatus<E>) {}

pub(super) fn cut_off() {}

pub(super) fn rejected(_: &str) {}

pub(super) fn waits() {}

pub(super) fn waited_too_long() {}

pub(super) fn fetches_alone(_: &SharedFileError) {}

pub(super) fn written(_: Option<&SharedFileError>) {}
