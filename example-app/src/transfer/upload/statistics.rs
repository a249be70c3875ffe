//! The counts of an uploader's work.

use core::fmt;

use serde::Serialize;

/// The counts of an uploader's work. `Display` is the line that `-put -v` ends with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// Objects that were stored.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Parts that S3 holds, of objects that were not stored in one request.
    pub parts: u64,
    /// Parts that S3 already had of resumed uploads.
    pub resumed: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Requests that S3 turned away because there were too many.
    pub throttles: u64,
    /// The number of times that the requests in flight were halved for that.
    pub halvings: u64,
    /// Objects whose checksum S3 reported, and which is the same here.
    pub checksums_compared: u64,
    /// Objects whose `ETag` S3 reported, and which is the same here.
    pub etags_compared: u64,
    /// Objects that had the file's content already, and were left alone.
    pub up_to_date: u64,
    /// Objects of the file's length that were sent again, since S3 reported nothing of their
    /// content that could be compared.
    pub incomparable: u64,
    /// The number of times that the credentials differed from those of the request before.
    pub renewals: u64,
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { objects, bytes, parts, resumed, retries, throttles, halvings, .. } = self;
        let (objects, bytes) = (counted(*objects, "object"), counted(*bytes, "byte"));
        write!(f, "{objects}, {bytes}, {}", counted(*parts, "part"))?;
        if *resumed > 0 {
            write!(f, ", and {resumed} already there")?;
        }
        write!(f, "; sent again {}", counted(*retries, "time"))?;
        write!(f, ", throttled {}", counted(*throttles, "time"))?;
        if *halvings > 0 {
            write!(f, " (requests in flight halved {})", counted(*halvings, "time"))?;
        }
        if self.renewals > 0 {
            write!(f, "; credentials renewed {}", counted(self.renewals, "time"))?;
        }
        if self.up_to_date > 0 {
            write!(f, "; up to date: {}", self.up_to_date)?;
        }
        if self.objects > 0 {
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

/// Returns a number with a noun, such as `1 object` and `2 objects`.
fn counted(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_was_compared() {
        let statistics = Statistics { objects: 3, bytes: 9, ..Statistics::default() };
        let line = "3 objects, 9 bytes, 0 parts; sent again 0 times, throttled 0 times; \
                    checked: SHA-256 of each part signed";
        assert_eq!(statistics.to_string(), line);
        let one =
            Statistics { objects: 1, bytes: 1, parts: 1, resumed: 1, ..Statistics::default() };
        assert!(one.to_string().starts_with("1 object, 1 byte, 1 part, and 1 already there; "));
        let throttled = Statistics { throttles: 1, halvings: 1, renewals: 1, ..statistics };
        let expected =
            "throttled 1 time (requests in flight halved 1 time); credentials renewed 1 time";
        assert!(throttled.to_string().contains(expected), "{throttled}");
        let all = Statistics { etags_compared: 3, ..statistics };
        assert_eq!(all.to_string(), format!("{line}; ETag compared"));
        let some = Statistics { etags_compared: 1, checksums_compared: 3, ..statistics };
        assert_eq!(some.to_string(), format!("{line}; checksum compared; ETag of 1 compared"));
    }
}
