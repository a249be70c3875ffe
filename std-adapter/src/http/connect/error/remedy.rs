//! The remedies for a proxy that refuses, by the setting that names it.

use http::header::PROXY_AUTHENTICATE;
use http::{HeaderMap, StatusCode};

use super::{ConnectError, has_no_connect};
use crate::http::protocol_error::NOT_TLS;
use crate::http::proxy::Proxy;
use crate::read::origin::Origin;

/// Returns what to do about a proxy that cannot be reached, or does not speak its protocol.
pub(super) fn of_proxy(proxy: &Proxy, why: &ConnectError) -> String {
    match (why, proxy.settings_prefix()) {
        (ConnectError::SpeaksTls, None) => "give the proxy as https://".to_owned(),
        (ConnectError::SpeaksTls, Some(prefix)) => format!("set {prefix}ssl.enabled to true"),
        (ConnectError::Tls { why, .. }, None) if why == NOT_TLS => {
            "if the proxy speaks plain HTTP on that port, give the proxy as http://".to_owned()
        }
        (ConnectError::Tls { why, .. }, Some(prefix)) if why == NOT_TLS => {
            format!("if the proxy speaks plain HTTP on that port, set {prefix}ssl.enabled to false")
        }
        (ConnectError::Tls { remedy, .. }, _) => remedy.clone(),
        _ => "check the setting of the proxy, and that it is running".to_owned(),
    }
}

/// Returns what to do about a proxy that does not let the connection through.
pub(super) fn of_refusal(
    proxy: &Proxy,
    destination: &Origin,
    status: StatusCode,
    headers: &HeaderMap,
) -> String {
    // tinyproxy answers a wrong password with 401.
    if matches!(status, StatusCode::PROXY_AUTHENTICATION_REQUIRED | StatusCode::UNAUTHORIZED) {
        return of_missing_authorization(proxy, headers);
    }
    let text = match status {
        _ if wants_log_in(status) => {
            "the proxy, or a portal before it, requires a login: log in there with a browser, \
             or name the host in NO_PROXY"
        }
        StatusCode::REQUEST_TIMEOUT => {
            "the proxy waited too long for the request: check the network up to the proxy and try \
             again, or name the host in NO_PROXY"
        }
        StatusCode::TOO_MANY_REQUESTS => {
            "the proxy limits requests: try again later, or name the host in NO_PROXY"
        }
        _ if has_no_connect(status) && !destination.is_https() => {
            "check that the setting names a proxy with its port, and not another server"
        }
        _ if has_no_connect(status) => {
            "it does not tunnel https (CONNECT): check that the setting names a proxy with its \
             port, and not another server, and that the proxy allows the port of the host"
        }
        _ if status.is_client_error() => {
            "have the host and the port allowed at the proxy, or name the host in NO_PROXY"
        }
        _ => "the proxy does not reach the host: check its name, or name it in NO_PROXY",
    };
    text.to_owned()
}

/// Returns whether a status sends the user to a page to log in (RFC 9110 §15.4, RFC 6585 §6).
pub(super) fn wants_log_in(status: StatusCode) -> bool {
    status.is_redirection() || status == StatusCode::NETWORK_AUTHENTICATION_REQUIRED
}

/// Returns what to do about `407`: only Basic is spoken here (RFC 7617).
fn of_missing_authorization(proxy: &Proxy, headers: &HeaderMap) -> String {
    let schemes = schemes(headers);
    if !schemes.is_empty() && !schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case("Basic")) {
        let schemes = schemes.join(", ");
        return format!(
            "it offers {schemes}, and only Basic is supported: have Basic allowed there, or name a \
             local proxy that logs in to it, such as cntlm"
        );
    }
    match (proxy.has_password(), proxy.settings_prefix()) {
        (true, None) => {
            "it rejects the user name and password of that setting (Basic): correct them".to_owned()
        }
        (true, Some(prefix)) => {
            format!("it rejects {prefix}username and {prefix}password (Basic): correct them")
        }
        (false, None) => {
            "add a user name and a password to that setting: http://USER:PASSWORD@HOST:PORT"
                .to_owned()
        }
        (false, Some(prefix)) => format!("set {prefix}username and {prefix}password"),
    }
}

/// Returns the schemes that a proxy offers for logging in (RFC 9110 §11.7.1).
fn schemes(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(PROXY_AUTHENTICATE).iter();
    let parts = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let words = parts.filter_map(|part| part.split_ascii_whitespace().next());
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_scheme = |word: &&str| word.len() <= 20 && word.bytes().all(is_name);
    words.filter(is_scheme).take(5).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;
    use crate::http::proxy::Proxies;

    /// Returns the proxy of a setting of this name.
    fn proxy(by: &str, url: &str) -> Proxy {
        let mut environment = Environment::default();
        environment.set_by("https_proxy", url, by);
        let proxies = Proxies::of(&environment);
        proxies.find(&"https://h".parse().unwrap()).unwrap().unwrap()
    }

    fn refused(proxy: &Proxy, status: StatusCode, headers: &HeaderMap) -> String {
        of_refusal(proxy, &"https://h".parse().unwrap(), status, headers)
    }

    #[test]
    fn names_a_remedy_for_each_status() {
        let proxy = proxy("HTTPS_PROXY", "http://p:1");
        for (status, scheme, expected) in [
            (204, "https", "it does not tunnel https"),
            (302, "http", "log in there with a browser"),
            (403, "http", "have the host and the port allowed"),
            (404, "http", "names a proxy with its port"),
            (405, "https", "it does not tunnel https"),
            (408, "http", "waited too long"),
            (408, "https", "waited too long"),
            (429, "https", "the proxy limits requests"),
            (502, "http", "does not reach the host"),
            (504, "https", "does not reach the host"),
            (511, "http", "log in there with a browser"),
        ] {
            let destination = format!("{scheme}://h").parse().unwrap();
            let code = StatusCode::from_u16(status).unwrap();
            let message = of_refusal(&proxy, &destination, code, &HeaderMap::new());
            assert!(message.contains(expected), "{status}: {message}");
        }
    }

    #[test]
    fn names_the_settings_beside_a_host() {
        let not_tls = ConnectError::Tls {
            host: "p".to_owned(),
            why: NOT_TLS.to_owned(),
            remedy: "give the endpoint as http://".to_owned(),
        };
        for (by, url, tls, plain, password) in [
            (
                "fs.s3a.proxy.host",
                "http://p:1",
                "set fs.s3a.proxy.ssl.enabled to true",
                "set fs.s3a.proxy.ssl.enabled to false",
                "set fs.s3a.proxy.username and fs.s3a.proxy.password",
            ),
            (
                "fs.s3a.bucket.b.proxy.host",
                "http://u:p@p:1",
                "set fs.s3a.bucket.b.proxy.ssl.enabled to true",
                "set fs.s3a.bucket.b.proxy.ssl.enabled to false",
                "it rejects fs.s3a.bucket.b.proxy.username and fs.s3a.bucket.b.proxy.password",
            ),
            (
                "HTTPS_PROXY",
                "http://p:1",
                "give the proxy as https://",
                "give the proxy as http://",
                "http://USER:PASSWORD@HOST:PORT",
            ),
        ] {
            let proxy = proxy(by, url);
            assert_eq!(of_proxy(&proxy, &ConnectError::SpeaksTls), tls);
            assert!(of_proxy(&proxy, &not_tls).ends_with(plain), "{by}");
            for status in [StatusCode::PROXY_AUTHENTICATION_REQUIRED, StatusCode::UNAUTHORIZED] {
                let message = refused(&proxy, status, &HeaderMap::new());
                assert!(message.contains(password), "{message}");
            }
        }
    }

    #[test]
    fn names_the_schemes_of_a_proxy_without_basic() {
        let proxy = proxy("HTTPS_PROXY", "http://u:p@p:1");
        for (offers, expected) in [
            (&["NTLM", "Negotiate"][..], "it offers NTLM, Negotiate, and only Basic"),
            (&["Digest realm=\"a b\", nonce=\"x\", qop=\"auth\""], "it offers Digest, and"),
            (&["Negotiate, NTLM"], "it offers Negotiate, NTLM, and"),
            (&["NTLM", "basic realm=\"x\""], "(Basic): correct them"),
            (&["Digest realm=\"x\", Basic realm=\"y\""], "(Basic): correct them"),
            (&[], "(Basic): correct them"),
        ] {
            let mut headers = HeaderMap::new();
            for offer in offers {
                headers.append(PROXY_AUTHENTICATE, offer.parse().unwrap());
            }
            let message = refused(&proxy, StatusCode::PROXY_AUTHENTICATION_REQUIRED, &headers);
            assert!(message.contains(expected), "{offers:?}: {message}");
        }
    }
}
