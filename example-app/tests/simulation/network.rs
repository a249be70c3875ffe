//! The network between hosts and services, with its faults, and the services behind it.

use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use rolesig_std::http::simulation::connect_by;
use tokio::io::{AsyncReadExt as _, DuplexStream, duplex};
use tokio::time::sleep;

use crate::chance::{Chance, elapsed, now};
use crate::request::{Reply, Request};
use crate::store::Store;

/// The time in which there are faults, in milliseconds. After it all is well.
pub(crate) const BAD_TIMES: u64 = 4 * 3_600_000;

/// A request that is neither sent nor answered as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// 503 `SlowDown`; nothing is done.
    Throttled,
    /// 500; nothing is done.
    Failed,
    /// 500, although it is done.
    DoneButFailed,
    /// The connection is closed in the middle of the request.
    Cut,
    /// It is done, and the connection is closed before the response, or in the middle of it.
    Lost(usize),
    /// It is done, and the response comes after all patience.
    Late,
    /// The connection is closed, and it is done much later.
    Lingering,
    /// It is done, and once more, much later.
    Twice,
    /// An error in a response with status 200.
    ErrorInSuccess,
}

const FAULTS: [Fault; 11] = [
    Fault::Throttled,
    Fault::Failed,
    Fault::DoneButFailed,
    Fault::Cut,
    Fault::Lost(0),
    Fault::Lost(30),
    Fault::Lost(120),
    Fault::Late,
    Fault::Lingering,
    Fault::Twice,
    Fault::ErrorInSuccess,
];

/// Hosts, a network, S3, and an agent for credentials.
pub(crate) struct World {
    pub(crate) store: Mutex<Store>,
    chance: Chance,
    /// The percentage of requests with a fault.
    faults: u64,
    attempts: Mutex<BTreeMap<String, u64>>,
    /// By the number of credentials: until when they are valid.
    issued: Mutex<Vec<u64>>,
    pub(crate) log: Mutex<Vec<String>>,
}

impl World {
    pub(crate) fn new(store: Store, chance: Chance) -> Arc<Self> {
        let faults = chance.pick("faults", &[0, 5, 15, 40, 70]);
        Arc::new(Self {
            store: Mutex::new(store),
            chance,
            faults,
            attempts: Mutex::default(),
            issued: Mutex::default(),
            log: Mutex::default(),
        })
    }

    /// Makes this thread connect to this world.
    pub(crate) fn connect(self: &Arc<Self>) {
        let world = Arc::clone(self);
        connect_by(move |authority| {
            let attempt = world.attempt(&format!("connect {authority}"));
            let is_agent = authority.starts_with("169.254.");
            // In half of the outages every fourth connection is opened.
            let is_dark = world.chance.percent(&format!("dark {}", elapsed() / 20_000), 50);
            let is_open = attempt.is_multiple_of(4) && !is_dark;
            if !is_agent && world.is_stormy("outage", 8) && !is_open {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            let (client, server) = duplex(64 * 1024);
            tokio::spawn(Arc::clone(&world).serve(server, is_agent));
            Ok(client)
        });
    }

    /// Adds a line to the log of what happened.
    pub(crate) fn note(&self, line: impl AsRef<str>) {
        let line = format!("{:>9} {}", elapsed(), line.as_ref());
        self.log.lock().unwrap().push(line);
    }

    /// Counts the attempts at something.
    fn attempt(&self, what: &str) -> u64 {
        let mut attempts = self.attempts.lock().unwrap();
        let count = attempts.entry(what.to_owned()).or_default();
        *count += 1;
        *count
    }

    /// Returns whether there is a storm now: of each 20 s some are, in bad times.
    fn is_stormy(&self, kind: &str, percent: u64) -> bool {
        let now = elapsed();
        let percent = if self.faults == 0 { 0 } else { percent };
        now < BAD_TIMES && self.chance.percent(&format!("{kind} {}", now / 20_000), percent)
    }

    fn fault(&self, request: &Request) -> Fault {
        let (writer, _) = request.signer().unwrap_or(('-', 0));
        let name = format!("{writer} {}", request.operation());
        let name = format!("{name} {}", self.attempt(&name));
        if elapsed() > BAD_TIMES {
            return Fault::None;
        }
        if self.is_stormy("throttling", 15) && self.chance.percent(&name, 90) {
            return Fault::Throttled;
        }
        if !self.chance.percent(&format!("{name} has a fault"), self.faults) {
            return Fault::None;
        }
        self.chance.pick(&format!("{name} fault"), &FAULTS)
    }

    async fn serve(self: Arc<Self>, mut stream: DuplexStream, is_agent: bool) {
        while let Some(mut request) = Request::head(&mut stream).await {
            let served = if is_agent {
                self.credentials(&request).send(&mut stream, false, usize::MAX).await.ok()
            } else {
                self.serve_s3(&mut stream, &mut request).await
            };
            if served.is_none() {
                return;
            }
        }
    }

    /// Serves a request to S3; `None` if that closes the connection.
    async fn serve_s3(
        self: &Arc<Self>,
        stream: &mut DuplexStream,
        request: &mut Request,
    ) -> Option<()> {
        let fault = self.fault(request);
        let name = format!("{:?} {}", request.signer().unwrap_or(('-', 0)).0, request.operation());
        let times = format!("{name} {}", self.attempt(&format!("times of {name}")));
        let len = request.content_length();
        let arrives = if fault == Fault::Cut { len / 2 } else { len };
        request.body = vec![0; arrives];
        stream.read_exact(&mut request.body).await.ok()?;
        let to_head = request.method == "HEAD";
        let is_whole = usize::MAX;
        let refusal = match fault {
            Fault::Cut => {
                self.note(format!("{name}: cut"));
                return None;
            }
            Fault::Throttled => Some(Reply::error(503, "SlowDown")),
            Fault::Failed => Some(Reply::error(500, "InternalError")),
            Fault::ErrorInSuccess if name.ends_with("complete") => {
                Some(Reply::error(200, "InternalError"))
            }
            _ if !self.is_valid(request) => Some(Reply::error(400, "ExpiredToken")),
            _ => None,
        };
        if let Some(refusal) = refusal {
            sleep(self.chance.time(&times, 200)).await;
            self.note(format!("{name}: {fault:?} {}", refusal.status));
            return refusal.send(stream, to_head, is_whole).await.ok();
        }
        let later = self.chance.time(&format!("{times} later"), 300_000);
        if fault == Fault::Lingering {
            self.spawn_later(request.clone(), later);
            return None;
        }
        let ticket = self.store.lock().unwrap().arrive(request);
        sleep(self.chance.time(&times, 400)).await;
        let reply = self.act(request, ticket, fault);
        if fault == Fault::Twice {
            self.spawn_later(request.clone(), later);
        }
        sleep(self.chance.time(&format!("{times} back"), 400)).await;
        match fault {
            Fault::Lost(most) => {
                let _ = reply.send(stream, to_head, most).await;
                None
            }
            Fault::Late => {
                sleep(Duration::from_mins(15)).await;
                None
            }
            Fault::DoneButFailed => {
                Reply::error(500, "InternalError").send(stream, to_head, is_whole).await.ok()
            }
            _ => reply.send(stream, to_head, is_whole).await.ok(),
        }
    }

    /// Does what a request asks for, after a while, whether or not anybody waits for it.
    fn spawn_later(self: &Arc<Self>, request: Request, later: Duration) {
        let world = Arc::clone(self);
        let ticket = self.store.lock().unwrap().arrive(&request);
        tokio::spawn(async move {
            sleep(later).await;
            world.act(&request, ticket, Fault::Lingering);
        });
    }

    fn act(&self, request: &Request, ticket: u64, fault: Fault) -> Reply {
        let reply = self.store.lock().unwrap().act(request, ticket);
        let (writer, _) = request.signer().unwrap_or(('-', 0));
        let id = request.query.get("uploadId").map_or("", String::as_str);
        let (operation, status) = (request.operation(), reply.status);
        self.note(format!("{writer} {operation} {id}: {fault:?} {status}"));
        reply
    }

    /// Issues credentials to the writer in the path, for 40 s up to an hour.
    fn credentials(&self, request: &Request) -> Reply {
        let mut issued = self.issued.lock().unwrap();
        let number = issued.len();
        let life = 40 + self.chance.below(&format!("life {number}"), 3600);
        let expires_at = now().checked_add(life).unwrap();
        issued.push(expires_at.as_unix());
        let writer = request.path.chars().last().unwrap();
        Reply::new(
            200,
            format!(
                r#"{{"AccessKeyId":"ASIA{writer}{number:04}","SecretAccessKey":"s","Token":"t","Expiration":"{expires_at}"}}"#
            ),
        )
    }

    /// Returns whether the credentials of a request are valid by the time that it has arrived.
    fn is_valid(&self, request: &Request) -> bool {
        let Some((_, number)) = request.signer() else { return false };
        let issued = self.issued.lock().unwrap();
        let until = usize::try_from(number).ok().and_then(|number| issued.get(number));
        until.is_some_and(|until| now().as_unix() < *until)
    }
}
