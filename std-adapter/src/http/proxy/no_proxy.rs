//! `NO_PROXY`: the hosts that are reached without a proxy.

use core::net::IpAddr;
use hyper_util::client::proxy::matcher::Matcher;

use crate::read::origin::Origin;

/// Returns whether a destination is reached without a proxy.
pub(super) fn is_exempt(no_proxy: &str, destination: &Origin) -> bool {
    let entries: Vec<_> =
        entries(no_proxy).filter_map(|entry| name_in(entry, destination.port())).collect();
    if entries.iter().any(|entry| entry == "*") {
        return true;
    }
    let host = destination.host().trim_end_matches('.');
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let rules = Matcher::builder().all("http://proxy").no(entries.join(",")).build();
    format!("http://{host}").parse().is_ok_and(|uri| rules.intercept(&uri).is_none())
}

/// Returns the entries of `NO_PROXY` that are ignored: neither names, addresses nor networks.
pub(super) fn unfollowed(no_proxy: &str) -> Vec<&str> {
    entries(no_proxy).filter(|entry| !entry.is_empty() && !is_followed(entry)).collect()
}

fn entries(no_proxy: &str) -> impl Iterator<Item = &str> {
    no_proxy.split(|c: char| c == ',' || c.is_whitespace())
}

fn is_followed(entry: &str) -> bool {
    let Some((name, port)) = parts(entry) else { return false };
    let is_port = port.is_empty() || port.parse::<u16>().is_ok();
    let is_name = match name.split_once('/') {
        Some((address, bits)) => address.parse::<IpAddr>().is_ok_and(|address| {
            let most = if address.is_ipv4() { 32 } else { 128 };
            bits.parse::<u8>().is_ok_and(|bits| bits <= most)
        }),
        None if name == "*" || name.parse::<IpAddr>().is_ok() => true,
        None if is_part_of_addresses(&name) => false,
        None => name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c)),
    };
    is_port && is_name
}

/// Returns whether this stands for addresses, and not for a name, in a form that is not followed:
/// `192.168.`, `10.0.0.1-10.0.0.9`, `10.0.0.1-9`, `10.0.x.x`.
fn is_part_of_addresses(name: &str) -> bool {
    let mut labels = name.split(['.', '-']).filter(|label| !label.is_empty());
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    // `10-0-0-1` is a name.
    (name.contains('.') || !name.contains('-'))
        && labels.next().is_none_or(is_number)
        && labels.all(|label| is_number(label) || label.eq_ignore_ascii_case("x"))
}

/// Splits an entry into its name, address or network, and its port, which may be empty.
fn parts(entry: &str) -> Option<(String, &str)> {
    let (name, rest) = match entry.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None if entry.matches(':').count() == 1 => entry.split_at(entry.find(':')?),
        None => (entry, ""),
    };
    if let Some(bits) = rest.strip_prefix('/') {
        return Some((format!("{name}/{bits}"), ""));
    }
    let name = name.trim_end_matches('.');
    let name = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
    (!name.is_empty()).then(|| (name.to_owned(), rest.strip_prefix(':').unwrap_or(rest)))
}

/// Returns the name or address of an entry of `NO_PROXY`, if the entry is for this port.
fn name_in(entry: &str, port: u16) -> Option<String> {
    let (name, for_port) = parts(entry)?;
    (for_port.is_empty() || for_port.parse() == Ok(port)).then_some(name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn exempts_the_hosts_of_no_proxy() {
        for (no_proxy, host, is_exempt) in [
            ("*", "s3.example", true),
            ("*", "127.0.0.1", true),
            ("example", "s3.example", true),
            (".example", "s3.example", true),
            (".example", "example", true),
            ("*.example", "s3.example", true),
            ("xample", "s3.example", false),
            ("S3.EXAMPLE", "s3.example", true),
            ("s3.example.", "s3.example", true),
            ("s3.example", "s3.example.", true),
            ("a, s3.example ,b", "s3.example", true),
            ("a s3.example b", "s3.example", true),
            ("s3.example:443", "s3.example", true),
            ("s3.example:444", "s3.example", false),
            ("s3.example:444", "s3.example:444", true),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.1.2.3:443", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.30", false),
            ("::1", "[::1]", true),
            ("[::1]", "[::1]", true),
            ("[::1]:443", "[::1]", true),
            ("[::1]:444", "[::1]", false),
            ("fd00::/8", "[fd00::2]", true),
            ("[fd00::]/8", "[fd00::2]", true),
            ("localhost", "127.0.0.1", false),
            ("1-2.example", "1-2.example", true),
            ("10-0-0-1", "10-0-0-1", true),
            ("", "s3.example", false),
            (",", "s3.example", false),
        ] {
            let destination = format!("https://{host}").parse().unwrap();
            assert_eq!(super::is_exempt(no_proxy, &destination), is_exempt, "{no_proxy:?} {host}");
            assert!(super::unfollowed(no_proxy).is_empty(), "{no_proxy:?}");
        }
    }

    #[test]
    fn names_entries_that_are_ignored() {
        for entry in [
            "http://s3.example",
            "s3.example/path",
            "10.0.0.0/33",
            "10.0.0.0/255.0.0.0",
            "192.168.",
            "10.",
            ".10.0.0.1",
            "10.*",
            "10.0.x.x",
            "10.0.0.256",
            "10.0.0.1-10.0.0.9",
            "10.0.0.1-9",
            "10.0.0.1-10.0.0.9:443",
            "10.0.0.1:80-90",
            "fd00::1-fd00::9",
            "*example",
            "s3.example:https",
            "<local>",
            "a;b",
            "[::1",
        ] {
            let list = format!("localhost,{entry}, .internal");
            assert_eq!(super::unfollowed(&list), [entry]);
        }
    }
}
