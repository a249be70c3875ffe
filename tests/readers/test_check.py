"""The check of readers finds what it looks for."""

import pathlib
import tempfile
import unittest

import check


class Readers(unittest.TestCase):
    """Readers, and the list of them."""

    def test_recognises_readers(self) -> None:
        for source, is_reader in [
            ("fn parse(text: &str) {}", True),
            ("pub(super) fn read_head<'a>(text: &'a str) {}", True),
            ("fn readable(text: &str) {}", False),
            ("fn reads_heads() {}", False),
            ("// fn parse(text: &str) {}", False),
            ("fn a() {}\n#[cfg(test)]\nmod tests {\n    fn read() {}\n}", False),
        ]:
            self.assertEqual(check.is_reader(source), is_reader, source)

    def test_names_what_is_wrong(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            tree = pathlib.Path(folder)
            (tree / "core/src").mkdir(parents=True)
            (tree / "fuzz/fuzz_targets").mkdir(parents=True)
            (tree / "fuzz/fuzz_targets/urls.rs").touch()
            for name in ("a", "b", "c"):
                (tree / f"core/src/{name}.rs").write_text("fn read(text: &str) {}")
            a, b = "core/src/a.rs", "core/src/b.rs"
            listed = {"targets": {"urls": [a, b], "uris": []}, "none": {b: "bytes", "d.rs": "x"}}
            self.assertEqual(
                check.problems(tree, listed),
                [
                    "core/src/b.rs: is listed with a target and without one",
                    "core/src/c.rs: has no fuzz target, and no reason for that in readers.toml",
                    "d.rs: is listed, and does not exist",
                    "uris: no such target",
                ],
            )


if __name__ == "__main__":
    unittest.main()
