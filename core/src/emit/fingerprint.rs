//! Fingerprints, which distinguish texts without keeping them.

/// FNV-1a (RFC 9923) of an access key id, and of its use. By chance two are the same
/// once in 2^64; then a renewal comes too early or minutes too late, or a signature does not match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    pub(crate) fn of(access_key_id: &str) -> Self {
        Self::of_parts(&[access_key_id])
    }

    pub(crate) fn of_parts(parts: &[&str]) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325;
        for part in parts {
            for byte in part.bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        Self(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computes_fnv_1a() {
        for (text, hash) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(Fingerprint::of(text), Fingerprint(hash));
        }
    }
}
