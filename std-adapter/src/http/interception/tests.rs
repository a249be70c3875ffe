//! Responses of portals, proxies and web servers.

use http::{HeaderName, HeaderValue};

use super::*;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let pair = |(name, value): &(&'static str, &'static str)| {
        (HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    pairs.iter().map(pair).collect()
}

const PORTAL: (&str, &str) = ("location", "http://u:p@portal.example:8080/login?url=secret#x");
const PAGE: (&str, &str) = ("content-type", "Text/HTML; charset=utf-8");

fn find(asked: &str, status: u16, pairs: &[(&'static str, &'static str)]) -> Option<String> {
    let status = StatusCode::from_u16(status).unwrap();
    let found = Interception::find(&asked.parse().unwrap(), status, &headers(pairs))?;
    Some(format!("{found} {}", found.wants_https()))
}

#[test]
fn distinguishes_redirections_of_services_from_those_of_others() {
    let portal = |status: u16| {
        Some(format!("{status} leads to http://********@portal.example:8080/login false"))
    };
    for status in [301, 302, 303, 307, 308, 511] {
        assert_eq!(find("http://h", status, &[PORTAL]), portal(status));
        assert_eq!(find("https://h", status, &[PORTAL, PAGE]), portal(status));
    }
    let proxy = Some("407 comes from a proxy that requires a login false".to_owned());
    assert_eq!(find("http://h", 407, &[]), proxy);
    assert_eq!(find("https://h", 407, &[PAGE]), proxy);
    let page = Some("302 leads to a login page false".to_owned());
    assert_eq!(find("http://h", 302, &[PAGE]), page);
    for of_service in [
        ("x-amz-bucket-region", "eu-west-1"),
        ("x-amz-request-id", "R"),
        ("x-amzn-requestid", "R"),
        ("x-openstack-request-id", "R"),
        ("content-type", "application/xml"),
        ("content-type", "text/xml;charset=utf-8"),
        ("content-type", "application/x-amz-json-1.1"),
    ] {
        assert_eq!(find("http://h", 307, &[PORTAL, of_service]), None, "{of_service:?}");
    }
    for status in [200, 304, 307, 403, 404, 503] {
        assert_eq!(find("http://h", status, &[]), None, "{status}");
    }
    let xhtml = ("content-type", "application/xhtml+xml; charset=utf-8");
    assert_eq!(find("http://h", 302, &[PORTAL, xhtml]), portal(302));
    let relative = Some("302 leads to /login false".to_owned());
    assert_eq!(find("http://h", 302, &[("location", "/login?x")]), relative);
}

#[test]
fn finds_pages_about_tls() {
    let find = |asked: &str, status: u16, pairs: &[_], page: &str| {
        let (asked, status) = (asked.parse().unwrap(), StatusCode::from_u16(status).unwrap());
        Interception::find_in_page(&asked, status, &headers(pairs), page.as_bytes())
    };
    let plain = "<html>400 The plain HTTP request was sent to HTTPS port</html>";
    let of_proxy = [PAGE, ("x-request-id", "R")];
    let found = find("http://h", 400, &of_proxy, plain).unwrap();
    assert!(found.wants_https() && found.remedy().ends_with("https://"), "{found}");
    let found = find("https://h", 400, &[PAGE], plain).unwrap();
    assert!(!found.wants_https() && found.remedy().contains("load balancer"), "{found}");
    let apache = "Reason: Cannot perform Post-Handshake Authentication.<br />";
    assert!(find("https://h", 403, &[PAGE], apache).unwrap().wants_certificate());
    assert_eq!(find("https://h", 403, &[("x-amz-request-id", "R")], apache), None);
    assert_eq!(find("https://h", 200, &[PAGE], apache), None);
    assert_eq!(find("https://h", 400, &[PAGE], "<html>Blocked</html>"), None);
}

#[test]
fn shows_neither_user_nor_query_and_no_long_address() {
    let long = "a".repeat(LONGEST);
    for (location, expected) in [
        (format!("http://user:{long}@h/login"), "http://********@h/login".to_owned()),
        (format!("//user:{long}@h"), "********@h".to_owned()),
        ("http://u:hu/sh@h/login?to=a@b#c@d".to_owned(), "http://********@h/login".to_owned()),
        ("u:hush@h".to_owned(), "********@h".to_owned()),
        (format!("/{long}?secret"), format!("/{long}")[..LONGEST].to_owned()),
        ("http://h?u=a@b//c".to_owned(), "http://h".to_owned()),
    ] {
        assert_eq!(*shown(&location), expected);
    }
}

#[test]
fn distinguishes_portals_from_servers_that_want_https() {
    let to = |asked, location| find(asked, 308, &[("location", location), PAGE]).unwrap();
    assert_eq!(to("http://H:8080", "https://h/k?q"), "308 leads to https://h/k true");
    assert_eq!(to("http://[::1]", "https://[::1]:443/"), "308 leads to https://[::1]:443/ true");
    assert!(to("http://h", "https://login.example/").ends_with("false"));
    assert!(to("https://h", "https://h/login").ends_with("false"));
}

#[test]
fn distinguishes_responses_of_a_proxy_from_those_behind_it() {
    let asked = "http://s3.example".parse().unwrap();
    let is_proxys = |method: &Method, status: u16, pairs: &[_]| {
        let status = StatusCode::from_u16(status).unwrap();
        is_of_proxy((method, &asked), status, &headers(pairs))
    };
    let via = ("via", "1.1 proxy");
    for status in [400, 401, 403, 404, 405, 408, 451, 500, 501, 502, 503, 504, 505] {
        let is = |pairs: &[_]| is_proxys(&Method::GET, status, pairs);
        assert!(is(&[PAGE]) && is(&[("content-type", "text/plain")]), "{status}");
        assert!(is(&[PAGE, via, ("x-squid-error", "ERR_X 0")]), "{status}");
        assert!(is(&[("proxy-agent", "p")]) && is(&[("proxy-connection", "close")]));
        assert!(!is(&[via]) && !is(&[PAGE, via]), "{status}");
        assert_eq!(is(&[]), ![400, 404, 500].contains(&status), "{status}");
        assert!(!is(&[PAGE, ("x-amz-request-id", "R")]), "{status}");
        assert!(is(&[PAGE, ("x-request-id", "R")]), "{status}");
        assert!(!is(&[("x-request-id", "R")]), "{status}");
        assert!(!is(&[("content-type", "application/xml")]), "{status}");
    }
    assert!(is_proxys(&Method::PUT, 407, &[]) && is_proxys(&Method::PUT, 511, &[]));
    assert!(is_proxys(&Method::HEAD, 302, &[PORTAL, via]));
    assert!(!is_proxys(&Method::HEAD, 404, &[PAGE]), "an object that is absent");
    assert!(!is_proxys(&Method::GET, 301, &[("location", "https://s3.example/")]));
    assert!(!is_proxys(&Method::GET, 200, &[PAGE]));
}
