//! The parts of a file that S3 holds, and those to send. No request is sent and no file is read
//! here.

use std::collections::BTreeMap;

use crate::s3::content::etag::ETag;
use crate::s3::operation::list_uploads::ListedPart;
use crate::s3::operation::multipart_upload::StoredPart;
use crate::transfer::upload::plan::{Part, Parts};

/// The `ETag`s that prove that a part is the file's.
#[derive(Clone, Copy, Debug)]
pub(in crate::transfer::upload) struct Proofs<'p> {
    /// The MD5s of the parts, by number.
    pub(in crate::transfer::upload) md5s: &'p BTreeMap<u32, ETag>,
    /// The `ETag`s with which S3 acknowledged the parts.
    pub(in crate::transfer::upload) etags: &'p BTreeMap<u32, ETag>,
}

/// The parts of a file, divided into those that S3 holds and those that are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::transfer::upload) struct Comparison {
    pub(in crate::transfer::upload) held: Vec<StoredPart>,
    /// The number of their bytes.
    pub(in crate::transfer::upload) held_len: u64,
    pub(in crate::transfer::upload) missing: Vec<Part>,
}

impl Comparison {
    /// Compares the parts with the listed ones. A part is held if it has the length, and its `ETag`
    /// is the MD5 of its bytes. Where no `ETag` is an MD5, it is held if its `ETag` is the one with
    /// which S3 acknowledged it. A part without proof is sent again.
    pub(in crate::transfer::upload) fn of(
        parts: Parts,
        listed: &[ListedPart],
        proofs: Proofs<'_>,
    ) -> Self {
        let is = |known: &BTreeMap<u32, ETag>, part: &ListedPart| {
            known.get(&part.number).is_some_and(|known| *known == part.etag)
        };
        let are_md5s = listed.iter().any(|part| is(proofs.md5s, part));
        let known = if are_md5s { proofs.md5s } else { proofs.etags };
        // Extended, since the code that collects sorts at first, and is large.
        let mut by_number = BTreeMap::new();
        by_number.extend(listed.iter().map(|part| (part.number, part)));
        let mut comparison = Self::default();
        for part in parts {
            match by_number.get(&part.number).filter(|it| it.size == part.len && is(known, it)) {
                Some(it) => {
                    // The journal also records whether a part's ETag says anything about the
                    // content.
                    let is_opaque = known.get(&it.number).is_some_and(ETag::is_opaque);
                    let etag = it.etag.clone();
                    let etag = if is_opaque { etag.opaque() } else { etag };
                    let number = it.number;
                    comparison.held.push(StoredPart { number, etag, checksum: None });
                    comparison.held_len += part.len;
                }
                None => comparison.missing.push(part),
            }
        }
        comparison
    }
}

/// Returns how a file of `len` bytes was cut, if the lengths of the listed parts are those of its
/// parts.
pub(in crate::transfer::upload) fn cut(listed: &[ListedPart], len: u64) -> Option<Parts> {
    let parts = Parts::of(listed.iter().map(|part| part.size).max()?, len)?;
    let mut lens = BTreeMap::new();
    lens.extend(parts.clone().map(|part| (part.number, part.len)));
    listed.iter().all(|part| lens.get(&part.number) == Some(&part.size)).then_some(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn md5(number: u32) -> ETag {
        ETag::written(format!("{number:032x}"))
    }

    fn listed(part: Part, etag: &str) -> ListedPart {
        let etag = ETag::written(format!("\"{etag}\""));
        ListedPart { number: part.number, etag, size: part.len }
    }

    fn known(pairs: impl IntoIterator<Item = (u32, ETag)>) -> BTreeMap<u32, ETag> {
        pairs.into_iter().collect()
    }

    #[test]
    fn compares_other_etags_with_the_journal() {
        let parts = Parts::of(10, 25).unwrap();
        let of_kms: Vec<_> =
            parts.clone().map(|part| listed(part, md5(part.number + 90).as_str())).collect();
        let md5s = known((1..=3).map(|number| (number, md5(number))));
        let etags = known([(1, md5(91).opaque()), (2, ETag::written("other"))]);
        let proofs = Proofs { md5s: &md5s, etags: &etags };
        let comparison = Comparison::of(parts.clone(), &of_kms, proofs);
        assert_eq!(comparison.held.iter().map(|part| part.number).collect::<Vec<_>>(), [1]);
        assert_eq!(comparison.held_len, 10);
        assert_eq!(comparison.held[0].etag.md5s(), None, "there is nothing to compare with it");
        // One that is an MD5 says that all are: the journal no longer counts.
        let mut mixed = of_kms;
        mixed[2] = listed(Part { number: 3, offset: 20, len: 5 }, md5(3).as_str());
        let comparison = Comparison::of(parts, &mixed, proofs);
        assert_eq!(comparison.held.iter().map(|part| part.number).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn finds_the_cut_by_the_lengths() {
        let all: Vec<_> = Parts::of(10, 25).unwrap().map(|part| listed(part, "")).collect();
        assert_eq!(cut(&all, 25), Parts::of(10, 25));
        assert_eq!(cut(&all[1..], 25), Parts::of(10, 25), "without the first");
        // Only the last can be mistaken for another; its MD5 then matches no part.
        assert_eq!(cut(&all[2..], 25), Parts::of(5, 25));
        assert_eq!(cut(&all, 26), None, "the last would be longer");
        assert_eq!(cut(&all, 20), None, "there would be no third");
        assert_eq!(cut(&[], 25), None);
        let nothing = ListedPart { number: 1, etag: ETag::written(""), size: 0 };
        assert_eq!(cut(&[nothing], 25), None);
    }

    /// The fault of a listed part.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Fate {
        Right,
        Absent,
        Shorter,
        Other,
    }

    fn fate() -> impl Strategy<Value = Fate> {
        prop_oneof![Just(Fate::Right), Just(Fate::Absent), Just(Fate::Shorter), Just(Fate::Other)]
    }

    proptest! {
        #[test]
        fn divides_the_file_into_held_and_missing_parts(
            part_len in 1..50_u64,
            len in 1..300_u64,
            fates in proptest::collection::vec(fate(), 300),
            are_md5s in any::<bool>(),
        ) {
            let parts = Parts::of(part_len, len).unwrap();
            let mut s3_holds = Vec::new();
            for (part, fate) in parts.clone().zip(&fates) {
                let right = listed(part, md5(part.number).as_str());
                s3_holds.extend(match fate {
                    Fate::Right => Some(right),
                    Fate::Absent => None,
                    Fate::Shorter => Some(ListedPart { size: part.len - 1, ..right }),
                    Fate::Other => Some(listed(part, "e")),
                });
            }
            // A part of no piece is not named when the object is made.
            s3_holds.push(ListedPart { number: 9_999, etag: ETag::written("x"), size: part_len });
            let all = known(parts.clone().map(|part| (part.number, md5(part.number))));
            let none = BTreeMap::new();
            let (md5s, etags) = if are_md5s { (&all, &none) } else { (&none, &all) };
            let found = Comparison::of(parts.clone(), &s3_holds, Proofs { md5s, etags });
            let is_right = |number: u32| fates[usize::try_from(number).unwrap() - 1] == Fate::Right;
            prop_assert!(found.held.iter().all(|part| is_right(part.number)));
            prop_assert!(found.missing.iter().all(|part| !is_right(part.number)));
            prop_assert_eq!(found.held.len() + found.missing.len(), parts.count());
            let missing: u64 = found.missing.iter().map(|part| part.len).sum();
            prop_assert_eq!(found.held_len + missing, len);
        }
    }
}
