//! Any text as the URL of an endpoint, and as a name of a region: what is read is written again the
//! same, and `http` reads the same host and port. As the target of a received request, its query
//! is the same to every service, but for a plus.
#![no_main]

use http::{Request, Uri};
use libfuzzer_sys::fuzz_target;
use rolesig::Service;
use rolesig_std::config::{BaseUrl, Origin, Region};
use rolesig_std::sign::decode_query;
use rolesig_std::verify::ReceivedQuery;

fuzz_target!(|input: (u8, &str)| {
    let (scheme, text) = input;
    let text = match scheme % 3 {
        0 => text.to_owned(),
        1 => format!("https://{text}"),
        _ => format!("http://{text}"),
    };
    if let Ok(url) = text.parse::<BaseUrl>() {
        let written = url.to_string();
        assert_eq!(written.parse::<BaseUrl>().as_ref(), Ok(&url), "{text:?} as {written:?}");
        assert!(url.path().starts_with('/'));
        let uri: Uri = format!("{}{}", url.origin(), url.join("/a?b")).parse().unwrap();
        check(url.origin(), &uri);
        assert_eq!(uri.query(), Some("b"));
    }
    if let Ok(origin) = text.parse::<Origin>() {
        let written = origin.to_string();
        assert_eq!(written.parse::<Origin>().as_ref(), Ok(&origin), "{text:?} as {written:?}");
        check(&origin, &written.parse().unwrap());
    }
    if let Ok(region) = text.parse::<Region>() {
        // A region becomes a part of the names of hosts.
        let uri: Uri = format!("https://sts.{region}.amazonaws.com/").parse().unwrap();
        assert_eq!(uri.host(), Some(&*format!("sts.{region}.amazonaws.com")));
    }
    for (name, value) in decode_query(&text) {
        assert!(name.len() + value.len() <= text.len());
    }
    if let Ok(request) = Request::get(&text).header("host", "h").body(()) {
        let parts = request.into_parts().0;
        let query = parts.uri.query().unwrap_or_default();
        let meant = decode_query(query);
        let of_s3 = ReceivedQuery::decode(&parts, &Service::S3);
        if let Ok(read) = ReceivedQuery::decode(&parts, &Service::new("dynamodb")) {
            assert_eq!(read.pairs(), meant, "{text:?}");
            let spaces = query.replace('+', "%20");
            assert_eq!(of_s3.unwrap().pairs(), decode_query(&spaces), "{text:?}");
        } else {
            assert!(of_s3.is_err() && text.contains('%'), "{text:?}");
        }
    }
});

fn check(origin: &Origin, uri: &Uri) {
    let bare = |host: &str| host.trim_matches(['[', ']']).to_owned();
    assert_eq!(uri.host().map(bare), Some(bare(origin.host())));
    let default = if origin.is_https() { 443 } else { 80 };
    assert_eq!(uri.port_u16().unwrap_or(default), origin.port());
    assert!(!origin.authority().contains('@'));
}
