//! Proxies of the environment. A list of hosts that are reached without one is compared with a
//! naive reader of names, addresses and networks; and nothing that is shown of any text has the
//! password in it.
#![no_main]

use std::net::Ipv4Addr;

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use rolesig_std::Environment;
use rolesig_std::config::Origin;
use rolesig_std::http::Proxies;

#[derive(Debug)]
struct Input {
    entries: Vec<Entry>,
    host: String,
    port: u16,
    other: String,
}

#[derive(Debug)]
struct Entry {
    name: Name,
    port: Option<u16>,
}

#[derive(Debug)]
enum Name {
    Host(String, u8),
    Address(Ipv4Addr),
    Network(Ipv4Addr, u8),
    All,
}

const LABELS: [&str; 5] = ["a", "b", "s3", "example", "amazonaws"];
const PORTS: [u16; 3] = [80, 443, 8080];
const SECRET: &str = "s3cr3t";

fn host(u: &mut Unstructured<'_>) -> Result<String> {
    let labels: Result<Vec<&str>> =
        (0..u.int_in_range(1..=3)?).map(|_| u.choose(&LABELS).copied()).collect();
    Ok(labels?.join("."))
}

fn address(u: &mut Unstructured<'_>) -> Result<Ipv4Addr> {
    Ok(Ipv4Addr::new(10, u.int_in_range(0..=3)?, 0, u.int_in_range(0..=3)?))
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut entries = Vec::new();
        for _ in 0..u.int_in_range(0..=3)? {
            let name = match u.int_in_range(0..=12)? {
                0..=5 => Name::Host(host(u)?, u.int_in_range(0..=2)?),
                6..=8 => Name::Address(address(u)?),
                9..=11 => Name::Network(address(u)?, u.int_in_range(0..=32)?),
                _ => Name::All,
            };
            let port = if u.ratio(1, 3)? { Some(*u.choose(&PORTS)?) } else { None };
            entries.push(Entry { name, port });
        }
        let host = if u.arbitrary()? { host(u)? } else { address(u)?.to_string() };
        Ok(Self { entries, host, port: *u.choose(&PORTS)?, other: u.arbitrary()? })
    }
}

impl Entry {
    fn text(&self) -> String {
        let name = match &self.name {
            Name::Host(name, 0) => name.clone(),
            Name::Host(name, 1) => format!(".{name}"),
            Name::Host(name, _) => format!("*.{name}"),
            Name::Address(address) => address.to_string(),
            // A network has no port.
            Name::Network(address, bits) => return format!("{address}/{bits}"),
            Name::All => return "*".to_owned(),
        };
        self.port.map_or(name.clone(), |port| format!("{name}:{port}"))
    }

    fn covers(&self, host: &str, port: u16) -> bool {
        let is_of_port = self.port.is_none_or(|own| own == port);
        let address: Option<Ipv4Addr> = host.parse().ok();
        match &self.name {
            Name::All => true,
            Name::Host(name, _) => {
                is_of_port && (host == name || host.ends_with(&format!(".{name}")))
            }
            Name::Address(own) => is_of_port && address == Some(*own),
            Name::Network(own, bits) => address.is_some_and(|address| {
                let mask = u32::MAX.checked_shl(32 - u32::from(*bits)).unwrap_or(0);
                u32::from(address) & mask == u32::from(*own) & mask
            }),
        }
    }
}

fn proxies(url: &str, without: &str) -> Proxies {
    Proxies::of(&[("HTTPS_PROXY", url), ("NO_PROXY", without)].into_iter().collect::<Environment>())
}

fuzz_target!(|input: Input| {
    let list = input.entries.iter().map(Entry::text).collect::<Vec<_>>().join(", ");
    let destination: Origin = format!("https://{}:{}", input.host, input.port).parse().unwrap();
    let read = proxies("http://proxy:3128", &list);
    assert_eq!(read.warning(), None, "{list}");
    let is_direct = input.entries.iter().any(|entry| entry.covers(&input.host, input.port));
    let found = read.find(&destination).unwrap();
    assert_eq!(found.is_none(), is_direct, "{destination} with {list}");

    // A variable of the environment has no NUL.
    let other = input.other.replace('\0', "");
    let with_password = [format!("http://u:{SECRET}@{other}"), format!("{other}://u:{SECRET}@h")];
    for url in with_password {
        for read in [proxies(&url, ""), proxies("http://proxy", &url)] {
            let found = match read.find(&destination) {
                Ok(proxy) => format!("{proxy:?}"),
                Err(error) => format!("{error}{error:?}"),
            };
            let shown = format!("{read}{read:?}{:?}{found}", read.warning());
            assert!(!shown.contains(SECRET), "{url:?}: {shown}");
        }
    }
});
