//! Settings of a proxy that name another server.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::scripted::{Server, with_headers};
use crate::{environment, put, url_of, whoami};

#[tokio::test]
async fn asks_once_of_a_server_that_is_not_a_proxy() {
    for (bytes, remedy) in [
        (&b"SSH-2.0-OpenSSH_9.2\r\n\r\n"[..], "check the setting of the proxy"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "give the proxy as https://"),
    ] {
        let proxy = Server::new(move |_, _, mut stream| async move {
            let _ = stream.write_all(bytes).await;
        })
        .await;
        let environment = environment(&[("HTTPS_PROXY", &url_of(&proxy))]);
        let sts = whoami(&environment).await.unwrap_err().to_string();
        assert!(sts.contains("(HTTPS_PROXY): ") && sts.contains(remedy), "{sts}");
        assert_eq!(proxy.count(), 1);
    }
}

/// Answers every connection with these bytes, and closes it; gives its URL.
async fn answering(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(bytes).await;
        }
    });
    url
}

/// RFC 9110 §9.3.6 makes it a tunnel, which hyper does not give.
#[tokio::test]
async fn asks_once_of_a_proxy_that_answers_without_content() {
    let proxy = Server::answers(&["HTTP/1.1 204 No Content\r\n\r\n".to_owned()]).await;
    let environment = environment(&[("HTTPS_PROXY", &url_of(&proxy))]);
    let sts = whoami(&environment).await.unwrap_err().to_string();
    let expected = "(HTTPS_PROXY) answers 204): it does not tunnel https (CONNECT): check";
    assert!(sts.contains(expected), "{sts}");
    let s3 = put(&environment, "https://s3.internal.test/b/k").await.unwrap_err();
    assert!(s3.connect_error().unwrap().is_final(), "{s3}");
    assert_eq!(proxy.count(), 2, "each once");
}

#[tokio::test]
async fn names_a_proxy_of_plain_http_with_a_long_page() {
    let page = "<html>Bad Request ".repeat(10_000);
    let proxy = Server::answers(&[with_headers(400, "Content-Type: text/html\r\n", &page)]).await;
    let variables =
        [("HTTP_PROXY", &*url_of(&proxy)), ("AWS_ENDPOINT_URL_STS", "http://sts.internal.test")];
    let sts = whoami(&environment(&variables)).await.unwrap_err().to_string();
    let expected = "(HTTP_PROXY) answers 400): check that the setting names a proxy with its port";
    assert!(sts.contains(expected), "{sts}");
    assert_eq!(proxy.count(), 1);
}

/// One that is another server, and one that closes the connection.
#[tokio::test]
async fn names_another_server_as_proxy_of_plain_http() {
    for (bytes, expected) in [
        (&b"SSH-2.0-OpenSSH_9.2\r\n\r\n"[..], "the response is not HTTP"),
        (b"", "connection closed"),
    ] {
        let url = answering(bytes).await;
        let environment = environment(&[
            ("HTTP_PROXY", &url),
            ("AWS_ENDPOINT_URL_STS", "http://sts.internal.test"),
        ]);
        let named = format!("the proxy {url} (HTTP_PROXY): {expected}");
        let remedy = "check the setting of the proxy, and that it is running";
        let sts = whoami(&environment).await.unwrap_err().to_string();
        assert!(sts.contains(&named) && sts.ends_with(remedy), "{sts}");
        let s3 = put(&environment, "http://s3.internal.test/b/k").await.unwrap_err();
        let reason = s3.connect_error().unwrap_or_else(|| panic!("{s3}"));
        assert!(reason.to_string().contains(&named), "{reason}");
        assert_eq!(reason.remedy(), Some(remedy));
        assert_eq!(s3.is_malformed(), !bytes.is_empty(), "{s3}");
    }
}

#[tokio::test]
async fn does_not_blame_a_proxy_for_a_response_that_breaks_off() {
    let url = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<GetCaller").await;
    let variables = [("HTTP_PROXY", &*url), ("AWS_ENDPOINT_URL_STS", "http://sts.internal.test")];
    let error = whoami(&environment(&variables)).await.unwrap_err().to_string();
    assert!(error.contains("not an HTTP response, or cut off"), "{error}");
    assert!(!error.contains("HTTP_PROXY"), "{error}");
}
