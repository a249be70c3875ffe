//! IP addresses as text. The standard library's reader of IPv6 slices by index, and is not seen to
//! be free of panics.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use heapless::Vec;

use crate::emit::percent::digit_value;

/// The groups of 16 bits in an IPv6 address.
const GROUPS: usize = 8;

type Groups = Vec<u16, GROUPS>;

/// Reads an address; returns `None` for a name.
pub(super) fn read_address(text: &str) -> Option<IpAddr> {
    text.parse::<Ipv4Addr>().ok().map(IpAddr::V4).or_else(|| Some(IpAddr::V6(read_ipv6(text)?)))
}

/// Source: RFC 4291 §2.2.
fn read_ipv6(text: &str) -> Option<Ipv6Addr> {
    let gap = text.as_bytes().windows(2).position(|pair| pair == b"::");
    let (before, after) = text.split_at_checked(gap.unwrap_or(text.len()))?;
    let (mut front, mut back) = (Groups::new(), Groups::new());
    read_groups(before, gap.is_none(), &mut front)?;
    read_groups(after.get(2..).unwrap_or_default(), true, &mut back)?;
    let count = front.len().saturating_add(back.len());
    // A gap stands for one group at least.
    let is_whole = if gap.is_some() { count < GROUPS } else { count == GROUPS };
    let mut groups = [0; GROUPS];
    for (to, from) in groups.iter_mut().zip(&front) {
        *to = *from;
    }
    for (to, from) in groups.iter_mut().rev().zip(back.iter().rev()) {
        *to = *from;
    }
    is_whole.then(|| groups.into())
}

/// Reads the groups of a part; the last part can end with an IPv4 address.
fn read_groups(part: &str, is_last: bool, groups: &mut Groups) -> Option<()> {
    let mut rest = Some(part).filter(|part| !part.is_empty());
    while let Some(text) = rest {
        let end = text.bytes().position(|byte| byte == b':').unwrap_or(text.len());
        let (group, after) = text.split_at_checked(end)?;
        rest = after.get(1..);
        if let (true, None, Ok(address)) = (is_last, rest, group.parse::<Ipv4Addr>()) {
            let [a, b, c, d] = address.octets();
            groups.push(u16::from_be_bytes([a, b])).ok()?;
            groups.push(u16::from_be_bytes([c, d])).ok()?;
        } else {
            groups.push(read_group(group)?).ok()?;
        }
    }
    Some(())
}

/// Reads one to four hexadecimal digits.
fn read_group(digits: &str) -> Option<u16> {
    let value = digits.bytes().try_fold(0, |value: u16, digit| {
        Some(value.checked_mul(16)? | u16::from(digit_value(digit)?))
    });
    value.filter(|_| (1..=4).contains(&digits.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    extern crate std;
    use std::string::{String, ToString as _};

    fn is_as_the_library_reads_it(text: &str) {
        assert_eq!(read_address(text), text.parse().ok(), "{text}");
    }

    #[test]
    fn reads_addresses_as_the_library_does() {
        for text in [
            "169.254.169.254",
            "fd00:ec2::254",
            "::",
            "::1",
            "1::",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "::ffff:10.0.0.1",
            "1:2:3:4:5:6:10.0.0.1",
            "FD00:0EC2::0254",
            "",
            ":",
            ":::",
            "1::2::3",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1:2:3:4::5:6:7:8",
            "1:2:3:4:5:6:7:10.0.0.1",
            "10.0.0.1::",
            "10.0.0.1::1",
            "::10.0.0.1:1",
            "::10.0.0",
            "::00001",
            "::g",
            "::+1",
            "1:",
            ":1",
            "1::2:",
            "fe80::1%eth0",
            "metadata",
        ] {
            is_as_the_library_reads_it(text);
        }
    }

    proptest! {
        #[test]
        fn reads_any_text_as_the_library_does(
            text in "[0-9a-fA-F:.]{0,24}",
            parts in prop::collection::vec("[0-9a-f]{1,4}|1.2.3.4|", 0..10),
            address: u128,
            mask: u8,
        ) {
            is_as_the_library_reads_it(&text);
            is_as_the_library_reads_it(&parts.join(":"));
            // With zeros in some places, so that it is shortened.
            let groups = Ipv6Addr::from(address).segments();
            let groups: Groups = groups
                .iter()
                .enumerate()
                .map(|(place, group)| if mask >> place & 1 == 0 { 0 } else { *group })
                .collect();
            let groups: [u16; GROUPS] = groups.into_array().unwrap();
            let text: String = Ipv6Addr::from(groups).to_string();
            is_as_the_library_reads_it(&text);
        }
    }
}
