//! Connections in memory, for tests in virtual time: whatever this thread connects to is another
//! part of the test.

use core::cell::RefCell;
use std::io;
use std::rc::Rc;

use tokio::io::DuplexStream;

/// A function that connects to a host and its port.
type Dial = Rc<dyn Fn(&str) -> io::Result<DuplexStream>>;

thread_local! {
    static DIAL: RefCell<Option<Dial>> = const { RefCell::new(None) };
}

/// Connects by `dial` from now on, on this thread.
pub fn connect_by(dial: impl Fn(&str) -> io::Result<DuplexStream> + 'static) {
    DIAL.set(Some(Rc::new(dial)));
}

/// Connects, if this thread is part of a simulation.
pub(super) fn dial(authority: &str) -> Option<io::Result<DuplexStream>> {
    let dial = DIAL.with_borrow(Option::clone)?;
    Some(dial(authority))
}
