//! The table of the libraries, and the timing of its operations.

use rolesig_benches::timed::{all_in_turn, grouped};

use crate::checked::Checked;

/// The rounds, each of which times all operations.
const ROUNDS: usize = 4000;

/// The versions of the libraries.
const LOCK: &str = include_str!("../../Cargo.lock");

/// A row of the table.
pub(crate) struct Row<'t> {
    pub(crate) name: String,
    pub(crate) presign: Checked<'t>,
    /// Nothing, if the library cannot sign this by header with a known hash of the body.
    pub(crate) put: Option<Checked<'t>>,
}

impl<'t> Row<'t> {
    /// Adds the version to the name of a library, which derives the key for each request.
    pub(crate) fn of_peer(library: &str, presign: Checked<'t>, put: Option<Checked<'t>>) -> Self {
        let (_, lock) =
            LOCK.split_once(&format!("name = \"{library}\"\nversion = \"")).expect(library);
        let (version, _) = lock.split_once('"').expect("a version in quotes");
        Self { name: format!("{library} {version}, new key"), presign, put }
    }
}

/// Times all operations, and prints the table, in which `fresh` is 1.00.
pub(crate) fn print<'t>(kept: Row<'t>, fresh: Row<'t>, peers: impl IntoIterator<Item = Row<'t>>) {
    let mut rows: Vec<_> = [kept, fresh].into_iter().chain(peers).collect();
    let measured = measure(&mut rows);
    let ours = measured[1];
    println!("| | presign ns | × rolesig, new key | put ns | × rolesig, new key |");
    println!("|---|---|---|---|---|");
    for (row, (presign, put)) in rows.iter().zip(measured) {
        let put = put.zip(ours.1).map(|(theirs, ours)| cells(theirs, ours));
        let put = put.unwrap_or_else(|| "- | -".to_owned());
        println!("| {} | {} | {put} |", row.name, cells(presign, ours.0));
    }
}

/// Times all operations of all rows in turn. Returns the nanoseconds of each row, without those of
/// copying the request.
fn measure(rows: &mut [Row<'_>]) -> Vec<(f64, Option<f64>)> {
    let operations = rows.iter_mut().flat_map(|row| [Some(&mut row.presign), row.put.as_mut()]);
    let timed = operations.flatten().flat_map(Checked::timed).collect();
    let best = all_in_turn(timed, ROUNDS);
    let mut signing = best.chunks_exact(2).map(|pair| pair[0] - pair[1]);
    let mut next = || signing.next().expect("as many as were timed");
    rows.iter().map(|row| (next(), row.put.as_ref().map(|_| next()))).collect()
}

/// Returns the cells of an operation: its nanoseconds, and how many times ours they are.
fn cells(theirs: f64, ours: f64) -> String {
    format!("{} | {:.2}", grouped(theirs), theirs / ours)
}
