//! The line of one object, as wide as the terminal.

use core::time::Duration;

use console::measure_text_width;

use crate::system::excerpt::{fitted, printable};

/// The amounts of something in transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amounts {
    /// In bytes, if it is known.
    pub(super) total: Option<u64>,
    /// The bytes that S3 has acknowledged, or that have arrived.
    pub(super) done: u64,
    /// The bytes that the network has taken beyond that.
    pub(super) on_wire: u64,
}

impl Amounts {
    /// Returns what was sent, acknowledged or not: never more than there is.
    pub(super) fn sent(self) -> u64 {
        let sent = self.done.saturating_add(self.on_wire);
        self.total.map_or(sent, |total| sent.min(total.max(self.done)))
    }

    /// Returns the amounts of all files: the total is not known while the length of one is not, nor
    /// when all is sent and more files come.
    pub(super) fn in_all(self, is_measured: bool, more_come: bool) -> Self {
        let is_begun = self.total.is_some_and(|total| total > 0);
        let is_behind = self.total.is_some_and(|total| self.sent() < total);
        let is_known = is_measured && is_begun && (is_behind || !more_come);
        Self { total: self.total.filter(|_| is_known), ..self }
    }
}

/// The rate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    pub(super) per_second: Option<u64>,
    pub(super) left: Option<Duration>,
}

/// The direction of the bytes: only sent bytes have to be acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    ToS3,
    FromS3,
}

const LONGEST_NAME: usize = 24;
const SHORTEST_NAME: usize = 3;
const SHORTEST_BAR: usize = 8;
const LONGEST_BAR: usize = 40;
/// The width from which amounts have all of their digits, and there is a rate.
const WIDE: usize = 70;

/// Writes the line: name, bar, sent and total, what S3 has of it, rate and time left. The narrower
/// the terminal, the less of that.
pub(super) fn line(
    columns: usize,
    name: &str,
    amounts: Amounts,
    pace: Pace,
    direction: Direction,
) -> String {
    // A line that fills the last column would wrap on some terminals.
    let columns = columns.saturating_sub(1);
    let is_wide = columns >= WIDE;
    let figures = figures(is_wide, amounts, pace, direction);
    let room = columns.saturating_sub(figures.chars().count() + 1);
    let bar_room = room.saturating_sub(measure_text_width(name).clamp(8, LONGEST_NAME) + 1);
    let bar = if is_wide && bar_room >= SHORTEST_BAR {
        format!("{} ", bar(bar_room.min(LONGEST_BAR), amounts))
    } else {
        String::new()
    };
    let room = room.saturating_sub(bar.chars().count()).clamp(SHORTEST_NAME, LONGEST_NAME);
    let line = format!("{} {bar}{figures}", fitted(&printable(name), room));
    line.chars().take(columns).collect()
}

fn figures(is_wide: bool, amounts: Amounts, pace: Pace, direction: Direction) -> String {
    let left = time_left(amounts, pace);
    let is_sent = direction == Direction::ToS3;
    if !is_wide {
        let total = amounts.total.map_or_else(|| "?".to_owned(), |total| human(total, 1));
        let sent = human(amounts.sent(), 1);
        let stored = match amounts.total.filter(|_| is_sent) {
            Some(total) => format!(" S3 {}%", percent(amounts.done, total)),
            None => String::new(),
        };
        return format!("{sent}/{total}{stored} {left:>4}");
    }
    let total = amounts.total.map_or_else(|| "?".to_owned(), |total| human(total, 2));
    let sent = human(amounts.sent(), 2);
    let stored = human(amounts.done, 2);
    let stored = if is_sent { format!("{stored:>10} in S3 ") } else { String::new() };
    let rate = pace.per_second.map_or_else(|| "-".to_owned(), |rate| human(rate, 2) + "/s");
    format!("{sent:>10}/{total:<10} {stored}{rate:>11} {left:>4}")
}

/// Draws three kinds of columns: what is done, what is on the wire, and what is left.
fn bar(len: usize, amounts: Amounts) -> String {
    let total = amounts.total.unwrap_or(0).max(1);
    let columns = |bytes: u64| {
        let len = u64::try_from(len).unwrap_or(0);
        let columns = u128::from(bytes.min(total)) * u128::from(len) / u128::from(total);
        usize::try_from(columns).unwrap_or(0)
    };
    let (done, sent) = (columns(amounts.done), columns(amounts.sent()));
    let kinds = [("█", done), ("▒", sent.saturating_sub(done)), ("░", len.saturating_sub(sent))];
    kinds.map(|(kind, columns)| kind.repeat(columns)).concat()
}

fn percent(part: u64, whole: u64) -> u64 {
    if whole == 0 { 100 } else { part.min(whole).saturating_mul(100).div_euclid(whole) }
}

/// Returns the time left. It is not zero before everything is done: what was sent and is not
/// acknowledged is awaited.
fn time_left(amounts: Amounts, pace: Pace) -> String {
    match amounts.total {
        Some(total) if amounts.done >= total => "0s".to_owned(),
        Some(total) if amounts.sent() >= total => "wait".to_owned(),
        _ => pace.left.map_or_else(|| "-".to_owned(), short),
    }
}

fn short(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..100 => format!("{seconds}s"),
        100..6000 => format!("{}m", seconds / 60),
        6000..360_000 => format!("{}h", seconds / 3600),
        360_000..86_400_000 => format!("{}d", seconds / 86_400),
        _ => "-".to_owned(),
    }
}

/// Writes an amount as `11.00 MiB`.
fn human(bytes: u64, decimals: u32) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let power = bytes.checked_ilog2().unwrap_or(0) / 10;
    let unit = usize::try_from(power).ok().and_then(|power| UNITS.get(power)).unwrap_or(&"B");
    if power == 0 {
        return format!("{bytes} {unit}");
    }
    let scale = 10_u128.pow(decimals);
    let scaled = (u128::from(bytes) * scale) >> (10 * power);
    let width = usize::try_from(decimals).unwrap_or(0);
    format!("{}.{:0width$} {unit}", scaled / scale, scaled % scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn shown(columns: usize, amounts: Amounts) -> String {
        let pace = Pace { per_second: Some(MIB), left: Some(Duration::from_secs(48)) };
        line(columns, "/var/log/a-rather-long-name", amounts, pace, Direction::ToS3)
    }

    #[test]
    fn fits_the_terminal_and_tells_the_wire_from_s3() {
        let amounts = Amounts { total: Some(100 * MIB), done: 20 * MIB, on_wire: 32 * MIB };
        for columns in [1, 10, 40, 60, 71, 80, 100, 200] {
            let line = shown(columns, amounts);
            assert!(line.chars().count() < columns.max(1), "{columns}: {line}");
        }
        assert_eq!(shown(40, amounts), "/var/log 52.0 MiB/100.0 MiB S3 20%  48s");
        assert_eq!(
            shown(80, amounts),
            "/var/log/a-rather-long-  52.00 MiB/100.00 MiB  20.00 MiB in S3  1.00 MiB/s  48s"
        );
        let wide = shown(100, amounts);
        assert!(wide.starts_with("/var/log/a-rather-long-n ███▒▒▒"), "{wide}");
        let forged = line(80, "a\n\u{1b}[2K", amounts, Pace::default(), Direction::ToS3);
        assert!(forged.starts_with("a??[2K "), "{forged:?}");
        let got = line(40, "a", amounts, Pace::default(), Direction::FromS3);
        assert!(got.ends_with("52.0 MiB/100.0 MiB    -") && !got.contains("S3"), "{got}");
    }

    #[test]
    fn never_shows_more_than_there_is_nor_an_early_end() {
        let again = Amounts { total: Some(10), done: 5, on_wire: 10 };
        assert_eq!(again.sent(), 10);
        assert!(shown(80, again).contains(" 10 B/10 B "), "{}", shown(80, again));
        assert!(shown(80, again).ends_with(" wait"), "all of it is sent, and not acknowledged");
        let whole = Amounts { total: Some(10), done: 10, on_wire: 0 };
        assert!(shown(40, whole).ends_with("S3 100%   0s"), "{}", shown(40, whole));
        let endless = Amounts { total: None, done: MIB, on_wire: MIB / 2 };
        assert!(shown(80, endless).contains("1.50 MiB/?"), "{}", shown(80, endless));
    }

    #[test]
    fn shows_no_end_while_more_files_come() {
        let all = Amounts { total: Some(10), done: 5, on_wire: 5 };
        for (is_measured, more_come, expected) in
            [(true, false, " wait"), (true, true, "    -"), (false, false, "    -")]
        {
            let line = line(
                80,
                "total",
                all.in_all(is_measured, more_come),
                Pace::default(),
                Direction::ToS3,
            );
            assert!(line.ends_with(expected), "{line}");
            assert_eq!(line.contains(" 10 B/10 B "), expected == " wait", "{line}");
        }
        let from_stdin = Amounts { total: Some(0), done: 0, on_wire: 7 };
        let line =
            line(80, "total", from_stdin.in_all(false, false), Pace::default(), Direction::ToS3);
        assert!(line.contains(" 7 B/?") && !line.contains("0s"), "{line}");
        let rest = Amounts { total: Some(20), done: 5, on_wire: 5 };
        assert_eq!(rest.in_all(true, true), rest);
    }

    #[test]
    fn formats_amounts_and_times_briefly() {
        for (bytes, expected) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.00 KiB"),
            (1536 * 1024, "1.50 MiB"),
            (u64::MAX, "15.99 EiB"),
        ] {
            assert_eq!(human(bytes, 2), expected);
        }
        for (seconds, expected) in
            [(1, "1s"), (99, "99s"), (600, "10m"), (7200, "2h"), (864_000, "10d"), (u64::MAX, "-")]
        {
            assert_eq!(short(Duration::from_secs(seconds)), expected);
        }
    }
}
