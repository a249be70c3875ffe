"""The check of the walked types fails when it should."""

import unittest

import check

SOURCE = """
/// A key.
#[derive(Debug)]
pub struct Key<'a> {
    text: &'a str,
}
pub struct Marker;
pub struct Wrapped(String);
pub(crate) struct Inner(String);
pub enum Kind {
    /// One (of them).
    One,
    Two,
}
pub enum Message {
    Text(String),
}
"""


class Types(unittest.TestCase):
    """Reading the types of a source."""

    def test_takes_public_types_with_data(self) -> None:
        """Leaves out what holds nothing, and what is not public."""
        self.assertEqual(check.types_with_data([SOURCE]), {"Key", "Wrapped", "Message"})

    def test_reads_the_names_that_are_walked(self) -> None:
        """Reads calls on one line and on two, with and without a type."""
        test = 'walked("Key", &key); walked::<A>("B", &b); walked_error(\n    "C", &c); x("D")'
        self.assertEqual(
            {found["name"] for found in check.WALKED.finditer(test)}, {"Key", "B", "C"}
        )


class Problems(unittest.TestCase):
    """Comparing types with what is known of them."""

    def test_accepts_what_is_walked_or_listed(self) -> None:
        """Says nothing where all is known."""
        self.assertEqual(check.problems("p", {"Key", "Other"}, {"Key"}, ["Other"]), [])

    def test_names_new_and_wrong_entries(self) -> None:
        """Names a new type, one that is known twice, and one that is gone."""
        found = check.problems("p", {"Key", "New"}, {"Key"}, ["Key", "Gone"])
        self.assertEqual(
            found,
            [
                "p: Gone is listed, and no such type has data",
                "p: Key is walked and listed",
                "p: New is neither walked nor listed",
            ],
        )


if __name__ == "__main__":
    unittest.main()
