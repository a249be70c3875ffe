//! The places where an endpoint may be.

use core::net::IpAddr;

use rolesig::conversation::ContainerUriError::{
    self, BadHost, BadPort, BadText, HostNotAllowed, NotAPath, NotAbsolute, UserInfo,
};
use rolesig::conversation::{Container, ContainerUri, Conversation};

/// Scheme, host, port and target of a URI.
pub(crate) fn parts(uri: ContainerUri<'_>) -> (bool, String, u16, String) {
    let container = Container::new(uri);
    let target = container.request().unwrap().target().to_string();
    (uri.is_https(), uri.host().to_owned(), uri.port(), target)
}

/// The cases of AWS's SDK for Rust (`ecs-tests.json`), and those of its documentation.
#[test]
fn accepts_the_uris_that_aws_accepts() {
    let credentials = || "/credentials".to_owned();
    for (uri, expected) in [
        ("https://mypersonalsite/credentials", (true, "mypersonalsite", 443, credentials())),
        ("https://mypersonalsite:8080/credentials", (true, "mypersonalsite", 8080, credentials())),
        ("http://localhost:8080/credentials", (false, "localhost", 8080, credentials())),
        ("http://169.254.170.2/credentials", (false, "169.254.170.2", 80, credentials())),
        ("http://169.254.170.23/credentials", (false, "169.254.170.23", 80, credentials())),
        ("http://[fd00:ec2::23]/credentials", (false, "fd00:ec2::23", 80, credentials())),
        ("http://127.0.0.1:9001/credentials", (false, "127.0.0.1", 9001, credentials())),
        ("http://127.255.255.254/credentials", (false, "127.255.255.254", 80, credentials())),
        ("http://[::1]:80/credentials", (false, "::1", 80, credentials())),
        ("http://[0:0:0:0:0:0:0:1]/credentials", (false, "0:0:0:0:0:0:0:1", 80, credentials())),
        ("http://[FD00:0EC2::0023]/credentials", (false, "FD00:0EC2::0023", 80, credentials())),
        ("HTTP://LocalHost/credentials", (false, "LocalHost", 80, credentials())),
        ("hTTps://[2001:db8::1]:65535/credentials", (true, "2001:db8::1", 65535, credentials())),
        ("https://192.0.2.1/a%20b?c=d&e", (true, "192.0.2.1", 443, "/a%20b?c=d&e".to_owned())),
        ("http://localhost", (false, "localhost", 80, "/".to_owned())),
        ("http://localhost?a=1/@b", (false, "localhost", 80, "/?a=1/@b".to_owned())),
        ("http://localhost/@evil.com", (false, "localhost", 80, "/@evil.com".to_owned())),
    ] {
        let (is_https, host, port, target) = expected;
        let expected = (is_https, host.to_owned(), port, target);
        assert_eq!(ContainerUri::full(uri).map(parts), Ok(expected), "{uri}");
    }
    let relative = ContainerUri::relative("/credentials?a=1").unwrap();
    let expected = (false, "169.254.170.2".to_owned(), 80, "/credentials?a=1".to_owned());
    assert_eq!(parts(relative), expected);
}

/// URIs in full, and why they are refused.
const REFUSED: [(&str, ContainerUriError); 91] = [
    ("", NotAbsolute),
    ("/credentials", NotAbsolute),
    ("//127.0.0.1/credentials", NotAbsolute),
    ("127.0.0.1/credentials", NotAbsolute),
    ("http:/127.0.0.1/", NotAbsolute),
    ("http:127.0.0.1", NotAbsolute),
    ("ftp://127.0.0.1/", NotAbsolute),
    ("file:///etc/passwd", NotAbsolute),
    ("httpx://127.0.0.1/", NotAbsolute),
    ("://127.0.0.1/", NotAbsolute),
    (" http://127.0.0.1/", BadText),
    ("http://127.0.0.1/\n", BadText),
    ("http://127.0.0.1/\r\nx-evil: 1", BadText),
    ("http://127.0.0.1/ HTTP/1.1", BadText),
    ("http://127.0.0.1\\@evil.com/", BadText),
    ("http://127.0.0.1#@evil.com/", BadText),
    ("http://evil.com#127.0.0.1/", BadText),
    ("http://127.0.0.1/ä", BadText),
    ("http://１２７.0.0.1/", BadText),
    ("http://127。0。0。1/", BadText),
    ("http://[fe80::1%25lo]\0/", BadText),
    ("http://127.0.0.1@evil.com/", UserInfo),
    ("http://evil.com@127.0.0.1/", UserInfo),
    ("http://user:password@localhost/", UserInfo),
    ("http://127.0.0.1:80@evil.com/", UserInfo),
    ("http://[::1]@evil.com/", UserInfo),
    ("https://@example.com/", UserInfo),
    ("http:///credentials", BadHost),
    ("https://", BadHost),
    ("https://:443/", BadHost),
    ("https://?host=example.com", BadHost),
    ("http://::1/", BadHost),
    ("http://fd00:ec2::23/", BadPort),
    ("http://[::1/", BadHost),
    ("http://[::1]evil.com/", BadHost),
    ("http://[::1].evil.com/", BadHost),
    ("http://[127.0.0.1]/", BadHost),
    ("http://[localhost]/", BadHost),
    ("http://[::1%25lo]/", BadHost),
    ("http://[[::1]]/", BadHost),
    ("http://[v1.a]/", BadHost),
    ("http://%31%32%37.0.0.1/", BadHost),
    ("http://127.0.0.1%2f@evil.com/", UserInfo),
    ("http://127.0.0.1%00.evil.com/", BadHost),
    ("http://127.0.0.1,evil.com/", BadHost),
    ("https://exa$mple.com/", BadHost),
    ("http://127.0.0.1:/", BadPort),
    ("http://127.0.0.1:0/", BadPort),
    ("http://127.0.0.1:65536/", BadPort),
    ("http://127.0.0.1:+80/", BadPort),
    ("http://127.0.0.1:-1/", BadPort),
    ("http://127.0.0.1:80a/", BadPort),
    ("http://127.0.0.1:80:80/", BadPort),
    ("http://[::1]:99999999999/", BadPort),
    ("http://example.com/", HostNotAllowed),
    ("http://127.1/", HostNotAllowed),
    ("http://127.0.1/", HostNotAllowed),
    ("http://127.0.0.1./", HostNotAllowed),
    ("http://127.0.0.1.1/", HostNotAllowed),
    ("http://127.0.0.01/", HostNotAllowed),
    ("http://0177.0.0.1/", HostNotAllowed),
    ("http://127.0.0.256/", HostNotAllowed),
    ("http://0x7f000001/", HostNotAllowed),
    ("http://0x7f.0.0.1/", HostNotAllowed),
    ("http://2130706433/", HostNotAllowed),
    ("http://0/", HostNotAllowed),
    ("http://0.0.0.0/", HostNotAllowed),
    ("http://126.255.255.255/", HostNotAllowed),
    ("http://128.0.0.1/", HostNotAllowed),
    ("http://localhost.evil.com/", HostNotAllowed),
    ("http://localhost./", HostNotAllowed),
    ("http://evil.localhost/", HostNotAllowed),
    ("http://localhost6/", HostNotAllowed),
    ("http://127.0.0.1.evil.com/", HostNotAllowed),
    ("http://127.0.0.1.nip.io/", HostNotAllowed),
    ("http://169.254.170.2.evil.com/", HostNotAllowed),
    ("http://169.254.170.3/", HostNotAllowed),
    ("http://169.254.170.22/", HostNotAllowed),
    ("http://169.254.170.230/", HostNotAllowed),
    ("http://169.254.169.254/", HostNotAllowed),
    ("http://[::]/", HostNotAllowed),
    ("http://[::2]/", HostNotAllowed),
    ("http://[::127.0.0.1]/", HostNotAllowed),
    ("http://[::ffff:127.0.0.1]/", HostNotAllowed),
    ("http://[::ffff:169.254.170.2]/", HostNotAllowed),
    ("http://[fd00:ec2::254]/", HostNotAllowed),
    ("http://[fd00:ec2:0:0:1::23]/", HostNotAllowed),
    ("http://evil.com/?@127.0.0.1/", HostNotAllowed),
    ("http://evil.com/127.0.0.1", HostNotAllowed),
    ("http://evil.com:80/http://127.0.0.1/", HostNotAllowed),
    ("http://https://example.com/", BadPort),
];

#[test]
fn refuses_unsafe_uris() {
    for (uri, expected) in REFUSED {
        assert_eq!(ContainerUri::full(uri), Err(expected), "{uri}");
    }
    let fix = HostNotAllowed.to_string();
    assert!(fix.ends_with("use one of these, or https"), "{fix}");
}

/// Appended to `http://169.254.170.2` unchanged, some of these would lead elsewhere.
#[test]
fn refuses_invalid_relative_uris() {
    for (path, expected) in [
        ("", NotAPath),
        ("credentials", NotAPath),
        ("@evil.com/", NotAPath),
        ("3/credentials", NotAPath),
        (".evil.com/", NotAPath),
        (":80/", NotAPath),
        ("?a=1", NotAPath),
        ("//evil.com/credentials", NotAPath),
        ("http://169.254.170.2/credentials", NotAPath),
        ("/a b", BadText),
        ("/a\r\nx-evil: 1", BadText),
        ("/\\evil.com", BadText),
        ("/a#b", BadText),
    ] {
        assert_eq!(ContainerUri::relative(path), Err(expected), "{path}");
    }
}

#[test]
fn allows_only_loopback_addresses_behind_a_name() {
    let localhost = ContainerUri::full("http://localhost/").unwrap();
    let elsewhere = ContainerUri::full("https://example.com/").unwrap();
    for (address, expected) in [
        ("127.0.0.1", true),
        ("127.8.9.1", true),
        ("::1", true),
        ("169.254.170.2", true),
        ("169.254.170.23", true),
        ("fd00:ec2::23", true),
        ("169.254.169.254", false),
        ("0.0.0.0", false),
        ("::", false),
        ("10.0.0.1", false),
        ("::ffff:127.0.0.1", false),
    ] {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(localhost.allows(address), expected, "{address}");
        assert!(elsewhere.allows(address));
    }
}
