//! The URI of a container's credential endpoint, compared with a naive parser, which reads
//! addresses and ports as `std`'s socket addresses.
#![no_main]

use std::net::{IpAddr, SocketAddrV4, SocketAddrV6};

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use rolesig::conversation::{Container, ContainerUri, Conversation};

#[derive(Debug)]
struct Uri(String);

const SCHEMES: [&str; 8] =
    ["http://", "http://", "http://", "https://", "HTTP://", "ftp://", "http:/", "//"];

const USERS: [&str; 6] = ["", "", "", "", "127.0.0.1@", "user:127.0.0.1:80\\@"];

const HOSTS: [&str; 22] = [
    "127.0.0.1",
    "127.1",
    "127.255.0.255",
    "0x7f000001",
    "0177.0.0.1",
    "127.0.0.01",
    "2130706433",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "169.254.170.2",
    "169.254.170.23",
    "169.254.169.254",
    "[fd00:ec2::23]",
    "[FD00:0ec2:0:0::23]",
    "[fd00:ec2::254]",
    "[::1]",
    "[::1%1]",
    "[::ffff:127.0.0.1]",
    "::1",
    "example.com",
    "",
];

const PORTS: [&str; 9] = ["", "", ":", ":80", ":00080", ":0", ":65535", ":65536", ":+80"];

const TAILS: [&str; 10] = [
    "",
    "/",
    "/v2/credentials?a=1",
    "?a=/b",
    "/@example.com",
    "@example.com/",
    ".example.com/",
    "#@example.com/",
    "\\@example.com/",
    "/\r\nx-evil: 1",
];

impl<'a> Arbitrary<'a> for Uri {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut uri = String::new();
        for pieces in [&SCHEMES[..], &USERS, &HOSTS, &PORTS, &TAILS] {
            uri.push_str(u.choose(pieces)?);
        }
        // Inserts or removes a character, or inserts any piece, at any place.
        for _ in 0..u.int_in_range(0..=3)? {
            let places: Vec<_> = uri.char_indices().map(|(place, _)| place).collect();
            if places.is_empty() {
                break;
            }
            let place = *u.choose(&places)?;
            match u.int_in_range(0..=2)? {
                0 => drop(uri.remove(place)),
                1 => uri.insert(place, char::from(*u.choose(b"/?#@:[]%.\\0127x ")?)),
                _ => uri.insert_str(place, u.arbitrary()?),
            }
        }
        Ok(Self(uri))
    }
}

/// The parts of a URI: whether it is `https`, authority, host, port, target.
type Parts = (bool, String, String, u16, String);

fn naive(uri: &str) -> Option<Parts> {
    let is_plain = |c: char| c.is_ascii_graphic() && !"\"#<>\\^`{|}".contains(c);
    if !uri.chars().all(is_plain) {
        return None;
    }
    let lower = uri.to_ascii_lowercase();
    let is_https = lower.starts_with("https://");
    if !is_https && !lower.starts_with("http://") {
        return None;
    }
    let rest = &uri[if is_https { 8 } else { 7 }..];
    let authority: String = rest.chars().take_while(|c| *c != '/' && *c != '?').collect();
    let target = &rest[authority.len()..];
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };

    let default = if is_https { 443 } else { 80 };
    let has_port = authority.rfind(':') > authority.rfind(']');
    let with_port = if has_port { authority.clone() } else { format!("{authority}:{default}") };
    let (host, port, is_local) = if let Ok(address) = with_port.parse::<SocketAddrV4>() {
        (address.ip().to_string(), address.port(), is_local((*address.ip()).into()))
    } else if let Ok(address) = with_port.parse::<SocketAddrV6>() {
        if authority.contains('%') {
            return None;
        }
        let host = authority[1..].split(']').next()?.to_owned();
        (host, address.port(), is_local((*address.ip()).into()))
    } else {
        let (host, port) = with_port.split_once(':')?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if host.is_empty() || !host.chars().all(is_name) {
            return None;
        }
        if !port.chars().all(|c| c.is_ascii_digit()) {
            return None;
        }
        (host.to_owned(), port.parse().ok()?, host.to_lowercase() == "localhost")
    };
    (port != 0 && (is_https || is_local)).then_some((is_https, authority, host, port, target))
}

fn is_local(address: IpAddr) -> bool {
    let text = address.to_string();
    let agents = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23", "::1"];
    agents.contains(&text.as_str()) || (address.is_ipv4() && text.starts_with("127."))
}

fn ours(uri: &str) -> Option<Parts> {
    let uri = ContainerUri::full(uri).ok()?;
    let target = Container::new(uri).request().unwrap().target().to_string();
    let (authority, host) = (uri.authority().to_owned(), uri.host().to_owned());
    if let Ok(address) = host.parse() {
        assert!(uri.allows(address));
        assert_eq!(uri.allows(address), uri.is_https() || is_local(address));
    }
    Some((uri.is_https(), authority, host, uri.port(), target))
}

fuzz_target!(|uri: Uri| {
    let Uri(uri) = uri;
    assert_eq!(ours(&uri), naive(&uri), "{uri}");

    let relative = ContainerUri::relative(&uri);
    let mut letters = uri.chars();
    let begins_well = letters.next() == Some('/') && letters.next() != Some('/');
    assert_eq!(relative.is_ok(), begins_well && naive(&format!("http://[::1]{uri}")).is_some());
    assert!(relative.is_err() || relative.is_ok_and(|uri| uri.host() == "169.254.170.2"));
});
