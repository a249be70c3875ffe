//! Plans of uploads, for any settings and lengths: parts follow one another, have the numbers and
//! lengths that S3 takes, and together are the object.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolefs::transfer::upload::plan::{MAX_PART_LEN, MAX_PARTS, MIB, MIN_PART_LEN, Part, Parts};
use rolefs::transfer::upload::plan::{Plan, PlanSettings};

fuzz_target!(|input: (u64, u64, u32, u64, u64)| {
    let (part_len, threshold, max_parts, len, other_len) = input;
    // Lengths near the limits, too.
    let len = match len % 4 {
        0 => len,
        1 => len % (64 * 1024 * MIB),
        2 => (len >> 32).wrapping_mul(MIB).wrapping_add(len % 3).wrapping_sub(1),
        _ => u64::from(max_parts).wrapping_mul(MAX_PART_LEN).wrapping_sub(len % 5),
    };
    let settings = PlanSettings { part_len, threshold, max_parts, unit: MIB };
    let most = max_parts.clamp(1, MAX_PARTS);
    match settings.plan(len) {
        Ok(Plan::Single) => {
            assert!(len <= MAX_PART_LEN);
        }
        Ok(Plan::Parts(parts)) => {
            assert!(parts.part_len() % MIB == 0);
            assert!(most > 1);
            let begun = parts.part_len();
            let parts: Vec<_> = parts.collect();
            check(&parts, len, most);
            // A later run continues with the same ones.
            let again: Vec<_> = Parts::of(begun, len).unwrap().collect();
            assert_eq!(parts, again);
        }
        Err(error) => {
            assert_eq!(error.max_parts, most);
            assert!(len > u64::from(most).saturating_mul(MAX_PART_LEN - MIB));
        }
    }
    if let Some(parts) = Parts::of(other_len, len) {
        let parts: Vec<_> = parts.collect();
        assert_eq!(parts.iter().map(|part| part.len).sum::<u64>(), len);
        assert!(parts.len() <= usize::try_from(MAX_PARTS).unwrap());
    }
    grows(settings, most);
});

fn check(parts: &[Part], len: u64, most: u32) {
    assert!((2..=usize::try_from(most).unwrap()).contains(&parts.len()));
    let mut offset = 0;
    for (part, number) in parts.iter().zip(1..) {
        assert_eq!((part.number, part.offset), (number, offset));
        assert!(part.len > 0 && part.len <= MAX_PART_LEN);
        assert!(part.len >= MIN_PART_LEN || offset + part.len == len);
        offset += part.len;
    }
    assert_eq!(offset, len);
}

/// Parts of a source of unknown length never become shorter, and end where the store's limit is.
fn grows(settings: PlanSettings, most: u32) {
    let (mut sent, mut last) = (0_u64, 0);
    for number in 1..=most {
        let len = settings.next_len(number, sent).unwrap();
        assert!(len >= last && (MIN_PART_LEN..=MAX_PART_LEN).contains(&len));
        (sent, last) = (sent + len, len);
    }
    assert_eq!(settings.next_len(most + 1, sent).map_err(|error| error.max_parts), Err(most));
}
