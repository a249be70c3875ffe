//! Servers that are scripts of raw bytes: no HTTP library would let them misbehave so.
#![allow(dead_code, reason = "no test needs all of it")]

#[cfg(feature = "tracing")]
pub(crate) mod log;

use core::future::Future;
use core::time::Duration;
use std::sync::{Arc, Mutex};

use rolesig_std::Clock;
use rolesig_std::config::Origin;
use rolesig_std::http::Timeouts;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// So long that a busy machine meets none of them: for what is not about time.
pub(crate) const PATIENT: Timeouts = timeouts(60, 60, 300);

/// Short ones, so that the tests are: for what waits until they end.
pub(crate) const IMPATIENT: Timeouts = timeouts(1, 1, 3);

/// Returns timeouts in seconds, with three attempts.
const fn timeouts(connect: u64, read: u64, total: u64) -> Timeouts {
    let mut timeouts = Timeouts::INTERNET;
    timeouts.connect = Duration::from_secs(connect);
    timeouts.read = Duration::from_secs(read);
    timeouts.total = Duration::from_secs(total);
    timeouts.attempts = 3;
    timeouts
}

/// Far more than any sum of [`IMPATIENT`].
pub(crate) const BOUND: Duration = Duration::from_secs(30);

/// Few enough that no attempt waits for its turn as long as for a hanging service.
pub(crate) const AT_ONCE: usize = 16;

pub(crate) fn ok(body: &str) -> String {
    response(200, body)
}

pub(crate) fn response(status: u16, body: &str) -> String {
    with_headers(status, "", body)
}

/// With headers that end in CR LF each.
pub(crate) fn with_headers(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// A `Date` header of a server whose clock is some seconds ahead.
pub(crate) fn date(ahead: i64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let at = rolesig::ClockSkew::from_seconds(ahead).apply(Clock::SYSTEM.now());
    let text = at.to_string();
    let (day, time) = text.trim_end_matches('Z').split_once('T').unwrap();
    let [year, month, day]: [&str; 3] = day.split('-').collect::<Vec<_>>().try_into().unwrap();
    let weekday = DAYS[usize::try_from(at.as_unix() / 86_400 % 7).unwrap()];
    let month = MONTHS[month.parse::<usize>().unwrap() - 1];
    format!("Date: {weekday}, {day} {month} {year} {time} GMT\r\n")
}

/// A request off the wire.
pub(crate) async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(request.clone()).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.unwrap();
    request.extend(body);
    String::from_utf8(request).unwrap()
}

/// The value of a header of a request.
pub(crate) fn header<'r>(request: &'r str, name: &str) -> Option<&'r str> {
    let (head, _) = request.split_once("\r\n\r\n").unwrap();
    let mut headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    headers.find(|(given, _)| *given == name).map(|(_, value)| value)
}

/// A server at its own port, for as long as the test runs.
pub(crate) struct Server {
    pub(crate) origin: Origin,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Gives each connection to `serve` with the number of the request, from 0, and its text.
    pub(crate) async fn new<F>(
        serve: impl Fn(usize, String, TcpStream) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), serve)
    }

    pub(crate) fn on<F>(
        listener: TcpListener,
        serve: impl Fn(usize, String, TcpStream) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let origin = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            for number in 0.. {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read_request(&mut stream).await;
                seen.lock().unwrap().push(request.clone());
                tokio::spawn(serve(number, request, stream));
            }
        });
        Self { origin, requests }
    }

    /// Gives these responses, one a request, and then the last one for ever.
    pub(crate) async fn answers(responses: &[String]) -> Self {
        let responses = responses.to_vec();
        Self::new(move |number, _, mut stream| {
            let response = responses[number.min(responses.len() - 1)].clone();
            async move {
                let _ = stream.write_all(response.as_bytes()).await;
            }
        })
        .await
    }

    /// Takes every request, and says nothing.
    pub(crate) async fn hangs() -> Self {
        Self::new(|_, _, stream| async move {
            sleep(Duration::from_secs(60)).await;
            drop(stream);
        })
        .await
    }

    /// Begins a response that never ends, slowly.
    pub(crate) async fn drips() -> Self {
        Self::new(|_, _, mut stream| async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await;
            while stream.write_all(b"x").await.is_ok() {
                sleep(Duration::from_millis(100)).await;
            }
        })
        .await
    }

    /// A response that never ends, at once.
    pub(crate) async fn floods() -> Self {
        Self::new(|_, _, mut stream| async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        })
        .await
    }

    /// Cuts the connection off with a reset as often as that, and then gives the response.
    pub(crate) async fn resets(times: usize, response: String) -> Self {
        Self::new(move |number, _, mut stream| {
            let response = response.clone();
            async move {
                if number < times {
                    // Closed at once, with data under way: the other end gets RST.
                    stream.set_zero_linger().unwrap();
                } else {
                    let _ = stream.write_all(response.as_bytes()).await;
                }
            }
        })
        .await
    }

    /// Nobody listens: a port that was free a moment ago.
    pub(crate) async fn absent() -> Origin {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        format!("http://{free}").parse().unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// Request number `number`.
    pub(crate) fn request(&self, number: usize) -> String {
        self.requests()[number].clone()
    }
}

/// Takes a `ClientHello` with an alert (handshake failure), and anything else with the complaint.
pub(crate) async fn speak_tls(listener: TcpListener, complaint: String) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let complaint = complaint.clone();
        tokio::spawn(async move {
            let mut first = [0; 1];
            stream.peek(&mut first).await.unwrap();
            if first == [0x16] {
                stream.write_all(b"\x15\x03\x03\x00\x02\x02\x28").await.unwrap();
                // A reset would take the alert with it.
                let _ = stream.read(&mut [0; 4096]).await;
            } else {
                read_request(&mut stream).await;
                stream.write_all(complaint.as_bytes()).await.unwrap();
            }
        });
    }
}
