//! The division of objects into parts. Nothing is read or sent here.
//!
//! | the source | becomes |
//! |---|---|
//! | shorter than the threshold, also empty | one `PutObject` |
//! | of a known length | parts of one length, the last one shorter; longer ones if there were too many |
//! | of an unknown length | parts that grow: each is at least a thousandth of all before it |
//!
//! Source: "Amazon S3 multipart upload limits", Amazon S3 User Guide. That page's largest object,
//! 5 TiB for many years and 50 TB since December 2025, is not checked here: it is the store's to
//! say, and 10,000 parts of 5 GiB are more than either.

use thiserror::Error;

/// A mebibyte: lengths of parts are multiples of it.
pub const MIB: u64 = 1024 * 1024;
/// The shortest length of a part, except for the last one.
pub const MIN_PART_LEN: u64 = 5 * MIB;
/// The longest length of a part, and of a single `PutObject`.
pub const MAX_PART_LEN: u64 = 5 * 1024 * MIB;
/// The most parts that AWS takes; other stores may take fewer.
pub const MAX_PARTS: u32 = 10_000;

/// The rules by which objects are cut into parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanSettings {
    /// The length of a part, in bytes, where nothing demands a longer one: `fs.s3a.multipart.size`.
    pub part_len: u64,
    /// The length in bytes from which on an object is sent in parts: `fs.s3a.multipart.threshold`.
    pub threshold: u64,
    /// The most parts that the store takes. One means that every object is sent in one request:
    /// `fs.s3a.multipart.uploads.enabled` is false.
    pub max_parts: u32,
    /// Lengths of parts are multiples of it, and at least five times as long: [`MIB`], as AWS
    /// demands. A simulated store takes less.
    pub unit: u64,
}

impl Default for PlanSettings {
    /// Returns S3A's defaults: 64 MiB, 128 MiB, 10,000.
    fn default() -> Self {
        Self { part_len: 64 * MIB, threshold: 128 * MIB, max_parts: MAX_PARTS, unit: MIB }
    }
}

/// The way to send an object of a known length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// In one request.
    Single,
    /// In parts.
    Parts(Parts),
}

/// One part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// From 1 on.
    pub number: u32,
    /// The offset of its first byte in the source.
    pub offset: u64,
    /// In bytes.
    pub len: u64,
}

/// The error for a source that does not fit the parts that the store takes.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("longer than {}: split it into files", most(*.max_parts))]
pub struct TooLongError {
    /// The most parts that the store takes.
    pub max_parts: u32,
}

fn most(max_parts: u32) -> String {
    match max_parts {
        1 => "5 GiB, the most that one request takes, and more than one is not allowed \
              (fs.s3a.multipart.uploads.enabled)"
            .to_owned(),
        _ => format!("{max_parts} parts of 5 GiB, the most that the store takes"),
    }
}

impl PlanSettings {
    /// Plans an object of `len` bytes.
    ///
    /// # Errors
    /// If it does not fit the parts that the store takes.
    pub fn plan(self, len: u64) -> Result<Plan, TooLongError> {
        let is_whole = self.parts() == 1 && len <= MAX_PART_LEN;
        if is_whole || len < self.threshold.min(MAX_PART_LEN) || len <= self.least() {
            return Ok(Plan::Single);
        }
        let needed = len.div_ceil(u64::from(self.parts()));
        let part_len = self.whole_units(needed.max(self.least()));
        if part_len > MAX_PART_LEN {
            return Err(TooLongError { max_parts: self.parts() });
        }
        Ok(Plan::Parts(Parts { part_len, offset: 0, left: len, number: 0 }))
    }

    /// Returns the length of the part `number` of a source of unknown length, if `sent` bytes
    /// came before it. One that turns out to be shorter is the last.
    ///
    /// By its growth, 27 TiB fit 10,000 parts that begin with 64 MiB, and 15 TiB those that begin
    /// with 5 MiB, while what is held of a source is in proportion to its length.
    ///
    /// # Errors
    /// If there are as many parts as the store takes.
    pub fn next_len(self, number: u32, sent: u64) -> Result<u64, TooLongError> {
        let max_parts = self.parts();
        if number > max_parts {
            return Err(TooLongError { max_parts });
        }
        if max_parts == 1 {
            return Ok(MAX_PART_LEN);
        }
        let share = sent / u64::from(max_parts.div_ceil(10));
        Ok(self.whole_units(share.max(self.least())).min(MAX_PART_LEN))
    }

    fn least(self) -> u64 {
        let shortest = self.unit.saturating_mul(5).min(MAX_PART_LEN);
        self.whole_units(self.part_len.clamp(shortest, MAX_PART_LEN))
    }

    fn whole_units(self, len: u64) -> u64 {
        let unit = self.unit.max(1);
        len.div_ceil(unit).saturating_mul(unit)
    }

    fn parts(self) -> u32 {
        self.max_parts.clamp(1, MAX_PARTS)
    }
}

/// The parts of an object, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    part_len: u64,
    offset: u64,
    left: u64,
    number: u32,
}

impl Parts {
    /// Returns the parts of an object of `len` bytes that was begun with parts of `part_len` bytes;
    /// `None` if these are not valid parts.
    pub fn of(part_len: u64, len: u64) -> Option<Self> {
        let count = len.checked_div(part_len).map(|_| len.div_ceil(part_len))?;
        let fits = (1..=u64::from(MAX_PARTS)).contains(&count) && part_len <= MAX_PART_LEN;
        fits.then_some(Self { part_len, offset: 0, left: len, number: 0 })
    }

    /// Returns the length in bytes of each part but the last.
    pub const fn part_len(&self) -> u64 {
        self.part_len
    }
}

impl Iterator for Parts {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        if self.left == 0 {
            return None;
        }
        let len = self.left.min(self.part_len);
        let part = Part { number: self.number + 1, offset: self.offset, len };
        self.offset += len;
        self.left -= len;
        self.number = part.number;
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIB: u64 = 1024 * 1024 * MIB;

    fn parts(settings: PlanSettings, len: u64) -> Vec<Part> {
        match settings.plan(len).unwrap() {
            Plan::Single => Vec::new(),
            Plan::Parts(parts) => parts.collect(),
        }
    }

    #[test]
    fn plans_one_request_below_the_threshold() {
        let settings = PlanSettings::default();
        for len in [0, 1, 64 * MIB, 128 * MIB - 1] {
            assert_eq!(settings.plan(len), Ok(Plan::Single), "{len}");
        }
        assert_eq!(parts(settings, 128 * MIB).len(), 2);
        let last = *parts(settings, 128 * MIB + 1).last().unwrap();
        assert_eq!(last, Part { number: 3, offset: 128 * MIB, len: 1 });
    }

    #[test]
    fn makes_parts_as_long_as_the_limits_demand() {
        let settings = PlanSettings::default();
        assert_eq!(parts(settings, 5 * TIB)[0].len, 525 * MIB);
        let largest = MAX_PART_LEN * u64::from(MAX_PARTS);
        assert!(largest > 50 * 10_u64.pow(12), "50 TB");
        assert_eq!(parts(settings, largest).len(), 10_000);
        assert_eq!(settings.plan(largest + 1), Err(TooLongError { max_parts: MAX_PARTS }));
        let small = PlanSettings { part_len: 1, threshold: 0, max_parts: u32::MAX, unit: MIB };
        assert_eq!(parts(small, MIN_PART_LEN + 1).len(), 2);
        let few = PlanSettings { max_parts: 1000, ..settings };
        assert!(parts(few, TIB).len() <= 1000);
    }

    #[test]
    fn keeps_single_requests_within_the_limit() {
        let settings = PlanSettings { threshold: u64::MAX, ..PlanSettings::default() };
        assert_eq!(settings.plan(MAX_PART_LEN - 1), Ok(Plan::Single));
        assert!(parts(settings, MAX_PART_LEN).len() > 1);
    }

    #[test]
    fn takes_one_part_for_one_request() {
        let settings = PlanSettings { max_parts: 1, ..PlanSettings::default() };
        for len in [0, 128 * MIB, MAX_PART_LEN] {
            assert_eq!(settings.plan(len), Ok(Plan::Single), "{len}");
        }
        let too_long = settings.plan(MAX_PART_LEN + 1).unwrap_err();
        assert!(too_long.to_string().starts_with("longer than 5 GiB, the most that one request"));
        assert_eq!(settings.next_len(1, 0), Ok(MAX_PART_LEN));
        assert_eq!(settings.next_len(2, MAX_PART_LEN), Err(too_long));
    }

    /// Returns how much fits if every part is full.
    fn reach(settings: PlanSettings) -> u64 {
        let mut sent = 0;
        for number in 1.. {
            match settings.next_len(number, sent) {
                Ok(len) => sent += len,
                Err(_) => break,
            }
        }
        sent
    }

    #[test]
    fn takes_long_sources_of_unknown_length() {
        let settings = PlanSettings::default();
        assert!(reach(settings) > 27 * TIB);
        assert!(reach(PlanSettings { part_len: MIN_PART_LEN, ..settings }) > 15 * TIB);
        assert!(reach(PlanSettings { max_parts: 1000, ..settings }) > 2 * TIB);
        assert_eq!(settings.next_len(1000, 999 * 64 * MIB), Ok(64 * MIB));
        assert!(settings.next_len(10_001, 0).is_err());
    }

    proptest! {
        #[test]
        fn covers_the_object_within_the_limits(
            len in 0..=MAX_PART_LEN * 1000,
            part_len in 0..MAX_PART_LEN * 2,
            threshold in 0..MAX_PART_LEN * 2,
            max_parts in 1000..20_000_u32,
        ) {
            let settings = PlanSettings { part_len, threshold, max_parts, unit: MIB };
            let parts = match settings.plan(len).unwrap() {
                Plan::Single => {
                    prop_assert!(len <= MAX_PART_LEN);
                    return Ok(());
                }
                Plan::Parts(parts) => parts.collect::<Vec<_>>(),
            };
            let most = usize::try_from(max_parts.min(MAX_PARTS)).unwrap();
            prop_assert!((2..=most).contains(&parts.len()));
            let mut offset = 0;
            for (index, part) in parts.iter().enumerate() {
                prop_assert_eq!(usize::try_from(part.number).unwrap(), index + 1);
                prop_assert_eq!(part.offset, offset);
                let is_last = index + 1 == parts.len();
                prop_assert!(is_last || part.len >= MIN_PART_LEN);
                prop_assert!(part.len > 0 && part.len <= MAX_PART_LEN);
                offset += part.len;
            }
            prop_assert_eq!(offset, len);
        }

        #[test]
        fn keeps_growing_parts_within_the_limits(
            part_len in 0..MAX_PART_LEN * 2,
            max_parts in 1..20_000_u32,
            number in 1..20_000_u32,
            sent in 0..=u64::MAX / 2,
        ) {
            let settings = PlanSettings { part_len, threshold: 0, max_parts, unit: MIB };
            match settings.next_len(number, sent) {
                Ok(len) => {
                    prop_assert!((MIN_PART_LEN..=MAX_PART_LEN).contains(&len));
                    prop_assert!(number <= max_parts.min(MAX_PARTS));
                }
                Err(_) => prop_assert!(number > max_parts.min(MAX_PARTS)),
            }
        }
    }
}
