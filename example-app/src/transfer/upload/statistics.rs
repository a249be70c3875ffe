//! The counts of what happened.

use core::fmt;

use serde::Serialize;

/// The counts of what happened. `Display` is the line that `-put -v` ends with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// Objects that were stored.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Parts that S3 holds, of objects that were not stored in one request.
    pub parts: u64,
    /// Parts that S3 held already of uploads that went on.
    pub resumed: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Requests that S3 turned away because there were too many.
    pub throttles: u64,
    /// The number of times that the requests in flight were halved for that.
    pub halvings: u64,
    /// Objects whose checksum S3 told, and which is the same here.
    pub checksums_compared: u64,
    /// Objects whose `ETag` S3 told, and which is the same here.
    pub etags_compared: u64,
    /// Objects that had the file's content already, and were left alone.
    pub up_to_date: u64,
    /// Objects of the file's length that were sent again, since S3 told nothing of their content
    /// that could be compared.
    pub incomparable: u64,
    /// The number of times that the credentials differed from those of the request before.
    pub renewals: u64,
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { objects, bytes, parts, resumed, retries, throttles, halvings, .. } = self;
        write!(
            f,
            "{objects} objects, {bytes} bytes, {parts} parts, and {resumed} that were there \
             already; sent again: {retries} times, "
        )?;
        write!(f, "and {throttles} times because S3 had too much to do")?;
        if *halvings > 0 {
            write!(f, " (so {halvings} times half as many at once)")?;
        }
        if self.renewals > 0 {
            write!(f, "; credentials renewed {} times", self.renewals)?;
        }
        if self.up_to_date > 0 {
            write!(f, "; up to date: {}", self.up_to_date)?;
        }
        if *objects > 0 {
            f.write_str("; checked: SHA-256 of each part signed")?;
        }
        for (name, compared) in
            [("checksum", self.checksums_compared), ("ETag", self.etags_compared)]
        {
            match compared {
                0 => {}
                all if all == self.objects => write!(f, "; {name} compared")?,
                some => write!(f, "; {name} of {some} compared")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_was_compared() {
        let statistics = Statistics { objects: 3, bytes: 9, ..Statistics::default() };
        let line = "3 objects, 9 bytes, 0 parts, and 0 that were there already; sent again: 0 times, \
                    and 0 times because S3 had too much to do; checked: SHA-256 of each part signed";
        assert_eq!(statistics.to_string(), line);
        let all = Statistics { etags_compared: 3, ..statistics };
        assert_eq!(all.to_string(), format!("{line}; ETag compared"));
        let some = Statistics { etags_compared: 1, checksums_compared: 3, ..statistics };
        assert_eq!(some.to_string(), format!("{line}; checksum compared; ETag of 1 compared"));
    }
}
