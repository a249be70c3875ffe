//! The most likely cause of a different query.

use super::{encoding, shown};
use crate::system::sorted::sorted;

/// `a` has no value, `a=` an empty one.
type Pair<'a> = (&'a str, Option<&'a str>);

/// Returns the cause as a sentence.
pub(super) fn cause(server: &str, here: &str) -> String {
    let (of_server, of_here) = (pairs(server), pairs(here));
    let as_a_whole = if sorted(of_server.clone(), &Ord::cmp) == sorted(of_here.clone(), &Ord::cmp) {
        Some(
            "the pairs are in another order: they are signed in the order of their encoded names, \
             then of their encoded values",
        )
    } else if with_equals(&of_server) == with_equals(&of_here) {
        Some("a name without a value is signed with a `=' behind it, and one side has none")
    } else {
        encoding(server, here)
    };
    as_a_whole.map_or_else(|| cause_of_a_pair(&of_server, &of_here), str::to_owned)
}

fn cause_of_a_pair(server: &[Pair<'_>], here: &[Pair<'_>]) -> String {
    if let Some(name) = first_lacking(here, server) {
        return format!(
            "the pair `{name}' did not reach the server: a proxy or the HTTP client removed it, or \
             it was never sent"
        );
    }
    if let Some(name) = first_lacking(server, here) {
        return format!(
            "the server read a pair `{name}' that is not in the raw request: it was added after \
             signing, or the raw request lacks it"
        );
    }
    let both = server.iter().zip(here);
    let Some(((name, theirs), (_, ours))) = both.into_iter().find(|(server, here)| server != here)
    else {
        return "one side has a pair once, and the other more often".to_owned();
    };
    let name = shown(name);
    match encoding(theirs.unwrap_or_default(), ours.unwrap_or_default()) {
        Some(encoding) => format!("of the value of `{name}': {encoding}"),
        None => format!(
            "the value of `{name}' was changed between signing and the server, or another request \
             is given here"
        ),
    }
}

fn pairs(query: &str) -> Vec<Pair<'_>> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let cut = |pair| match str::split_once(pair, '=') {
        Some((name, value)) => (name, Some(value)),
        None => (pair, None),
    };
    pairs.map(cut).collect()
}

fn with_equals<'a>(pairs: &[Pair<'a>]) -> Vec<(&'a str, &'a str)> {
    pairs.iter().map(|(name, value)| (*name, value.unwrap_or_default())).collect()
}

/// Returns the first name that the others lack.
fn first_lacking(pairs: &[Pair<'_>], others: &[Pair<'_>]) -> Option<String> {
    let has = |name: &str| others.iter().any(|(other, _)| *other == name);
    pairs.iter().find(|(name, _)| !has(name)).map(|(name, _)| shown(name))
}
