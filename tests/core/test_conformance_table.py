"""core/DESIGN.md's table of behaviours: every row is well formed, every test exists."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEAD = "| behaviour | where CPython checks it |"


def rows():
    lines = (ROOT / "core" / "DESIGN.md").read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(HEAD))
    for line in lines[start + 2:]:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


def registered_tests():
    source = "".join(path.read_text() for path in (ROOT / "tests" / "core").glob("*.c"))
    defined = set(re.findall(r"^static void (\w+)\(void \*\*state\)", source, re.M))
    main = re.findall(r"\b(?:[A-Z]+_TEST|cmocka_unit_test\w*)\(\s*(\w+)", source)
    return defined & set(main)


class Table(unittest.TestCase):
    def test_every_row_says_same_different_or_does_not_apply(self):
        for row in rows():
            self.assertEqual(len(row), 4, row)
            self.assertIn(row[2], ("same", "different", "n/a"), row)

    def test_every_row_that_applies_names_a_test_that_runs(self):
        tests = registered_tests()
        for row in rows():
            if row[2] == "n/a":
                continue
            name = re.fullmatch(r"`(\w+)`", row[3])
            self.assertIsNotNone(name, row)
            self.assertIn(name.group(1), tests, row)

    def test_few_rows_differ(self):
        kinds = [row[2] for row in rows()]
        self.assertGreater(kinds.count("same"), 50)
        self.assertLessEqual(kinds.count("different"), 15)


if __name__ == "__main__":
    unittest.main()
