"""daemon/DESIGN.md's table of threats: every row says what stands against it, and names tests that
run and prove it."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEAD = "| who | wants | meets | proven by |"


def rows():
    lines = (ROOT / "daemon" / "DESIGN.md").read_text().splitlines()
    for line in lines[lines.index(HEAD) + 2:]:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


def names_in(directory, pattern):
    """Files of a directory that its CMakeLists.txt builds or runs."""
    built = set(re.findall(r"\w+", (directory / "CMakeLists.txt").read_text()))
    for path in directory.glob(pattern):
        if path.stem in built or path.stem.removeprefix("test_") in built:
            yield path


def tests():
    """Test functions that a main() hands to cmocka, and methods of Python's test cases."""
    found = set()
    for layer in ("daemon", "proto"):
        for path in names_in(ROOT / "tests" / layer, "test_*.c"):
            source = path.read_text()
            main = source[source.find("\nint main("):]
            defined = re.findall(r"^static void (\w+)\(\s*void \*\*state\)", source, re.M)
            found |= {name for name in defined if re.search(rf"\(\s*{name}\s*\)", main)}
    for layer in ("e2e", "systemd"):
        for path in names_in(ROOT / "tests" / layer, "test_*.py"):
            found |= set(re.findall(r"^    (?:async )?def (test_\w+)\(self\)", path.read_text(), re.M))
    return found


class Threats(unittest.TestCase):
    def test_every_row_is_whole_and_its_tests_run(self):
        known = tests()
        self.assertGreater(len(known), 200)
        count = 0
        for row in rows():
            with self.subTest(row[:2]):
                count += 1
                self.assertEqual(len(row), 4)
                self.assertTrue(all(row))
                named = re.findall(r"`(\w+)`", row[3])
                self.assertTrue(named)
                self.assertEqual(re.sub(r"`\w+`|[, ]", "", row[3]), "")
                for name in named:
                    self.assertIn(name, known)
        self.assertGreater(count, 15)

    def test_a_name_that_no_test_has_is_noticed(self):
        self.assertNotIn("no_such_test", tests())
        self.assertIn("test_every_row", tests())


if __name__ == "__main__":
    unittest.main()
