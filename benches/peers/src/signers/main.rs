//! `signers --bench`: signs the same two requests with rolesig and with other libraries for Rust,
//! in one process, and prints the nanoseconds of each as a table of Markdown.
//!
//! Before anything is timed, each library signs once, and rolesig signs the same request at the
//! date of that signature: if the two signatures differ, the program ends. An operation is all that
//! a program does for one more request, once it has its credentials: the clock is read, too.

use std::hint::black_box;

use rolesig_benches::session_token;

mod checked;
mod peers;
mod requests;
mod table;

use checked::{Checked, Made};
use peers::{aws_sigv4, object_store, reqsign, rust_s3, rusty_s3};
use requests::{GET, PUT, expires, now, signer};
use table::{Row, print};

fn main() {
    let token = session_token();
    let peers = [
        aws_sigv4(&token),
        reqsign(&token),
        rusty_s3(&token),
        object_store(&token),
        rust_s3(&token),
    ];
    print(rolesig(&token, Key::Kept), rolesig(&token, Key::New), peers);
}

/// The key that rolesig signs with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    /// The one of the day, by a signer that is kept.
    Kept,
    /// One that a new signer derives for each request.
    New,
}

/// Signs with rolesig.
fn rolesig(token: &str, key: Key) -> Row<'_> {
    let mut by_query = signer(token);
    let mut buffer = [0; 2048];
    let presign = Checked::presign(token, move |look| {
        if key == Key::New {
            by_query = signer(token);
        }
        let request = black_box(&GET);
        let url = by_query.presign_into(request, expires(), now(), "https", &mut buffer);
        let url = url.expect("a good request");
        look(&|| Made::of_url(str::from_utf8(url.url()).expect("a text")));
    });
    let mut by_header = signer(token);
    let put = Checked::put(token, move |look| {
        if key == Key::New {
            by_header = signer(token);
        }
        let head = by_header.sign_into(black_box(&PUT), now(), &mut buffer);
        let head = head.expect("a good request");
        let value = |name: &str| head.headers().find(|header| header.0 == name);
        look(&|| Made::of_headers(|name| str::from_utf8(value(name)?.1).ok()));
    });
    let name = match key {
        Key::Kept => "rolesig, the day's key kept",
        Key::New => "rolesig, new key",
    };
    Row { name: name.to_owned(), presign, put: Some(put) }
}
