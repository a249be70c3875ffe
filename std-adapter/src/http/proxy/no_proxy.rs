//! `NO_PROXY`: the hosts that are reached without a proxy.

use hyper_util::client::proxy::matcher::Matcher;

use crate::read::origin::Origin;

/// Returns whether a destination is reached without a proxy.
pub(super) fn is_exempt(no_proxy: &str, destination: &Origin) -> bool {
    let separated = no_proxy.split(|c: char| c == ',' || c.is_whitespace());
    let entries = separated.filter_map(|entry| name_in(entry, destination.port()));
    let entries: Vec<_> = entries.collect();
    if entries.iter().any(|entry| entry == "*") {
        return true;
    }
    let host = destination.host().trim_end_matches('.');
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let rules = Matcher::builder().all("http://proxy").no(entries.join(",")).build();
    format!("http://{host}").parse().is_ok_and(|uri| rules.intercept(&uri).is_none())
}

/// Returns the name or address of an entry of `NO_PROXY`, if the entry is for this port.
fn name_in(entry: &str, port: u16) -> Option<String> {
    let (name, for_port) = match entry.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None if entry.matches(':').count() == 1 => entry.split_at(entry.find(':')?),
        None => (entry, ""),
    };
    let for_port = for_port.strip_prefix(':').unwrap_or(for_port);
    if !for_port.is_empty() && for_port.parse() != Ok(port) {
        return None;
    }
    let name = name.trim_end_matches('.');
    let name = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn exempts_what_no_proxy_names() {
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
            ("localhost", "127.0.0.1", false),
            ("", "s3.example", false),
            (",", "s3.example", false),
        ] {
            let destination = format!("https://{host}").parse().unwrap();
            assert_eq!(super::is_exempt(no_proxy, &destination), is_exempt, "{no_proxy:?} {host}");
        }
    }
}
