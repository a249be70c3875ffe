//! Tests of checksums.

use proptest::prelude::*;

use super::*;

fn digests(content: &[u8], checksum: Option<ChecksumAlgorithm>) -> Digests {
    let mut digesting = Digesting::new(Integrity { checksum, md5: true });
    content.chunks(7).for_each(|piece| digesting.update(piece));
    digesting.finish()
}

fn checksum(content: &[u8], algorithm: ChecksumAlgorithm) -> Checksum {
    digests(content, Some(algorithm)).checksum.unwrap()
}

const SHA512_OF_DIGITS: &str =
    "2eZ2LdHI6vbWGzxhkvxAjU1tXxF20MKRabwk5xw/J0rSf81YEbMT1oH35V7ALXPUmclUVba1u1A6z1dPuo/+hQ==";

/// CRCs: "check" of the Catalogue of parametrised CRC algorithms. Hashes: `openssl dgst` and
/// `xxhsum` (big-endian).
#[test]
fn calculates_known_checksums() {
    for (name, expected) in [
        ("crc32", "y/Q5Jg=="),
        ("crc32c", "4waSgw=="),
        ("crc64nvme", "rosUhgp5mIg="),
        ("sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
        ("sha512", SHA512_OF_DIGITS),
        ("md5", "JfnnlDI7RTiF9RgfG2JNCw=="),
        ("xxhash64", "jLhB20DmroM="),
        ("xxhash3", "ctyxi2ehff8="),
        ("xxhash128", "MxGUd+3l3NXpcWQnaB1YYA=="),
    ] {
        let algorithm: ChecksumAlgorithm = name.parse().unwrap();
        let digests = digests(b"123456789", Some(algorithm));
        let mut headers = HeaderMap::new();
        digests.add_to(&mut headers);
        assert_eq!(headers["content-md5"], "JfnnlDI7RTiF9RgfG2JNCw==");
        assert_eq!(headers[format!("x-amz-checksum-{name}")], expected, "{name}");
        assert_eq!(headers.len(), 2);
    }
}

#[test]
fn names_all_algorithms_to_choose_from() {
    let refused = "md4".parse::<ChecksumAlgorithm>().unwrap_err().replace(',', "");
    let is_named = |name: &str| refused.split(' ').any(|word| word.eq_ignore_ascii_case(name));
    for algorithm in ALGORITHMS {
        let is_sent = algorithm != ChecksumAlgorithm::Sha1;
        assert_eq!(is_named(algorithm.name()), is_sent, "{refused}");
    }
    assert!("sha1".parse::<ChecksumAlgorithm>().is_err());
}

proptest! {
    #[test]
    fn combines_parts_to_the_checksum_of_the_whole(
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..6),
    ) {
        let whole = parts.concat();
        for algorithm in ALGORITHMS {
            let sums: Vec<_> = parts.iter().map(|part| checksum(part, algorithm)).collect();
            let sums: Vec<_> = sums.iter().collect();
            let expected = checksum(&whole, algorithm).to_string();
            let is_crc = algorithm.name().starts_with("CRC");
            prop_assert_eq!(Checksum::of_whole(&sums), is_crc.then_some(expected));
            let bytes: Vec<_> = sums.iter().flat_map(|sum| sum.bytes.clone()).collect();
            let of_sums = checksum(&bytes, algorithm);
            prop_assert_eq!(
                Checksum::composite(&sums).unwrap(),
                format!("{of_sums}-{}", parts.len())
            );
        }
    }
}
