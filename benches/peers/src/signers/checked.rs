//! Operations that are only timed once their signatures are checked.

use std::cell::Cell;
use std::hint::black_box;

use rolesig::Timestamp;
use rolesig_benches::timed::Timed;

use crate::requests::{GET, HOUR, PUT, URL, expires, signer};

/// The date and the signature of a request.
pub(crate) struct Made {
    date: String,
    signature: String,
}

impl Made {
    /// Reads them from a presigned URL, which must be that of the object.
    pub(crate) fn of_url(url: &str) -> Self {
        let query = url.strip_prefix(URL).and_then(|rest| rest.strip_prefix('?'));
        let query = query.unwrap_or_else(|| panic!("expected a URL that begins with {URL}?"));
        let value = |name| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let mut values = pairs.filter(|pair| pair.0 == name).map(|pair| pair.1.to_owned());
            values.next().unwrap_or_else(|| panic!("expected {name} in the URL"))
        };
        assert_eq!(value("X-Amz-Expires"), HOUR.as_secs().to_string());
        Self { date: value("X-Amz-Date"), signature: value("X-Amz-Signature") }
    }

    /// Takes the date, and reads the signature at the end of `Authorization`.
    pub(crate) fn of_headers<'h>(value: impl Fn(&str) -> Option<&'h str>) -> Self {
        let value = |name| value(name).unwrap_or_else(|| panic!("expected the header {name}"));
        let (_, signature) = value("authorization").rsplit_once("Signature=").expect("it is last");
        Self { date: value("x-amz-date").to_owned(), signature: signature.to_owned() }
    }

    pub(crate) fn of_map(headers: &http::HeaderMap) -> Self {
        Self::of_headers(|name| headers.get(name)?.to_str().ok())
    }
}

/// Receives what an operation has made. The argument is only called for the check, and refers to
/// everything made, so that nothing of it is optimized away when it is timed.
pub(crate) type Look<'l> = dyn FnMut(&dyn Fn() -> Made) + 'l;

/// An operation whose signature has been compared with that of rolesig.
pub(crate) struct Checked<'t> {
    sign: Box<dyn FnMut() + 't>,
    /// Copying the request, if it is signed in place: this is subtracted.
    copy: Box<dyn FnMut() + 't>,
}

impl<'t> Checked<'t> {
    /// Presigns the download, by a library with this session token.
    pub(crate) fn presign(token: &str, operation: impl FnMut(&mut Look<'_>) + 't) -> Self {
        Self::new(operation, |date| {
            let presigned = signer(token).presign(&GET, expires(), date).expect("a good request");
            presigned.signature().to_string()
        })
    }

    /// Signs the upload by header, by a library with this session token.
    pub(crate) fn put(token: &str, operation: impl FnMut(&mut Look<'_>) + 't) -> Self {
        Self::new(operation, |date| {
            signer(token).sign(&PUT, date).expect("a good request").signature().to_string()
        })
    }

    fn new(
        mut operation: impl FnMut(&mut Look<'_>) + 't,
        expected: impl Fn(Timestamp) -> String,
    ) -> Self {
        let is_checked = Cell::new(false);
        operation(&mut |made| {
            let made = made();
            let date = Timestamp::from_amz_date(&made.date).expect("a date");
            assert_eq!(made.signature, expected(date));
            is_checked.set(true);
        });
        assert!(is_checked.get(), "expected the operation to show what it made");
        let sign = move || {
            operation(&mut |made| {
                black_box(made);
            });
        };
        Self { sign: Box::new(sign), copy: Box::new(|| ()) }
    }

    /// Subtracts the time that copying and dropping this request takes.
    pub(crate) fn without<T: Clone + 't>(self, request: T) -> Self {
        Self { copy: Box::new(move || drop(black_box(request.clone()))), ..self }
    }

    /// Returns the operation, and what is to be subtracted.
    pub(crate) fn timed(&mut self) -> [Timed<'_>; 2] {
        [Timed::new(&mut *self.sign), Timed::new(&mut *self.copy)]
    }
}
