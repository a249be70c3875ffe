use super::*;

fn proxies(variables: &[(&str, &str)]) -> Proxies {
    Proxies::of(&variables.iter().copied().collect())
}

fn found(proxies: &Proxies, url: &str) -> Option<String> {
    let proxy = proxies.find(&url.parse().unwrap()).unwrap();
    proxy.map(|proxy| proxy.to_string())
}

#[test]
fn chooses_by_scheme_and_prefers_lower_case() {
    let https = "https://s3.example";
    let http = "http://s3.example";
    for (variables, for_https, for_http) in [
        (vec![], None, None),
        (vec![("HTTPS_PROXY", "http://p:1")], Some("http://p:1 (HTTPS_PROXY)"), None),
        (vec![("https_proxy", "p:1")], Some("http://p:1 (https_proxy)"), None),
        (vec![("https_proxy", "http://p:1/path?x#y")], Some("http://p:1 (https_proxy)"), None),
        (vec![("HTTP_PROXY", " p ")], None, Some("http://p (HTTP_PROXY)")),
        (
            vec![("all_proxy", "http://p:1/"), ("HTTP_PROXY", "https://q")],
            Some("http://p:1 (all_proxy)"),
            Some("https://q (HTTP_PROXY)"),
        ),
        (vec![("https_proxy", ""), ("HTTPS_PROXY", "p:1")], None, None),
        (
            vec![("https_proxy", "q:1"), ("HTTPS_PROXY", "p:1")],
            Some("http://q:1 (https_proxy)"),
            None,
        ),
        (vec![("HTTP_PROXY", "p:1"), ("REQUEST_METHOD", "GET")], None, None),
        (
            vec![("http_proxy", "p:1"), ("REQUEST_METHOD", "GET")],
            None,
            Some("http://p:1 (http_proxy)"),
        ),
    ] {
        let proxies = proxies(&variables);
        assert_eq!(found(&proxies, https).as_deref(), for_https, "{variables:?}");
        assert_eq!(found(&proxies, http).as_deref(), for_http, "{variables:?}");
    }
}

#[test]
fn decodes_user_and_password_and_shows_neither() {
    for (url, header) in [
        ("http://Aladdin:open%20sesame@p:1", Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")),
        ("Aladdin:open%20sesame@p:1", Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")),
        ("http://u:p%40%3A%2F@p:1", Some("Basic dTpwQDov")),
        ("http://u:p@ss@p:1", Some("Basic dTpwQHNz")),
        ("http://u@p:1", Some("Basic dTo=")),
        ("http://p:1", None),
    ] {
        let proxies = proxies(&[("HTTPS_PROXY", url)]);
        let proxy = proxies.find(&"https://h".parse().unwrap()).unwrap().unwrap();
        let mut headers = HeaderMap::new();
        proxy.authorize(&mut headers);
        let value = headers.get(PROXY_AUTHORIZATION);
        assert_eq!(value.map(|value| value.to_str().unwrap()), header, "{url}");
        let shown = format!("{proxies:?} {proxy:?} {proxy} {headers:?}");
        assert!(!shown.contains("sesame") && !shown.contains("Aladdin"), "{shown}");
    }
}

#[test]
fn refuses_non_http_proxies_without_showing_them() {
    for url in [
        "socks5://u:hush@p:1",
        "SOCKS5h://u:hush@p:1",
        "ftp://u:hush@p",
        "http://u:hush@",
        "http://u:hush@p:port",
        "http://u:hush@p:99999",
        "http://u:hush@p:+80",
        "http://u:hush@p:",
        "http://u:hu/sh@p:1",
        "http://u:12/hush@p:1",
        "http://u?hush@p:1",
        "http://",
    ] {
        let proxies = proxies(&[("HTTPS_PROXY", url)]);
        let error = proxies.find(&"https://h".parse().unwrap()).unwrap_err();
        let message = error.to_string();
        assert!(
            message.starts_with("HTTPS_PROXY: ") && !message.contains("hush"),
            "{url}: {message}"
        );
    }
}
