"""core/DESIGN.md's table of behaviours: every row is well formed and names a test that
runs, and no test of CPython's is forgotten (where Debian's libpython3.11-testsuite is
installed; OURO_CPYTHON_TESTS names another directory of its test_gc.py and so on)."""
import ast
import collections
import os
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEAD = "| behaviour | where CPython checks it | here | our test, or why not |"
THEIRS = ("test_gc", "test_finalization", "test_weakref")
THEIR_DIRECTORY = os.environ.get("OURO_CPYTHON_TESTS", "/usr/lib/python3.11/test")


def rows():
    lines = (ROOT / "core" / "DESIGN.md").read_text().splitlines()
    start = lines.index(HEAD)
    for line in lines[start + 2:]:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


def registered_tests():
    """Test functions that a main() hands to cmocka, in programs that CMake builds."""
    directory = ROOT / "tests" / "core"
    built = set(re.findall(r"\btest_\w+", (directory / "CMakeLists.txt").read_text()))
    tests = set()
    for path in directory.glob("*.c"):
        source = path.read_text()
        main = source.find("\nint main(")
        if path.stem not in built or main < 0:
            continue
        defined = set(re.findall(r"^static void (\w+)\(\s*void \*\*state\)", source, re.M))
        listed = re.findall(r"\b(?:[A-Z]+_TEST|cmocka_unit_test\w*)\(\s*(\w+)",
                            source[main:])
        tests |= defined & set(listed)
    return tests


def named_in_table():
    """(file, method) and (file, Class.method) of the second column."""
    for row in rows():
        for part in row[1].split(";"):
            file, _, names = part.strip().partition(" ")
            for name in names.split(", ") if file in THEIRS else ():
                yield file, name


def methods(source):
    """Class.method of every test of a file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name.startswith("test_"):
                    yield f"{node.name}.{item.name}"


class Table(unittest.TestCase):
    def test_every_row_says_same_different_or_does_not_apply(self):
        for row in rows():
            self.assertEqual(len(row), 4, row)
            self.assertTrue(all(row), row)
            self.assertIn(row[2], ("same", "different", "n/a"), row)

    def test_every_row_that_applies_names_a_test_that_runs(self):
        tests = registered_tests()
        for row in rows():
            if row[2] == "n/a":
                self.assertNotIn("`", row[3], row)
                continue
            name = re.fullmatch(r"`(\w+)`", row[3])
            self.assertIsNotNone(name, row)
            self.assertTrue(name.group(1) in tests, row)

    def test_no_behaviour_stands_twice(self):
        counts = collections.Counter(row[0] for row in rows())
        self.assertEqual([text for text, count in counts.items() if count > 1], [])

    def test_most_rows_are_the_same_and_few_differ(self):
        kinds = [row[2] for row in rows()]
        self.assertGreater(kinds.count("same"), 60)
        self.assertLessEqual(kinds.count("different"), 15)

    # Where Python's tests are: Debian has them in a package of their own, and to install
    # that may change the Python of the machine.
    if pathlib.Path(THEIR_DIRECTORY, "test_gc.py").exists():

        def test_no_test_of_cpython_is_forgotten(self):
            named = set(named_in_table())
            for file in THEIRS:
                text = pathlib.Path(THEIR_DIRECTORY, f"{file}.py").read_text()
                theirs = list(methods(text))
                count = collections.Counter(name.partition(".")[2] for name in theirs)
                for full in theirs:
                    short = full.partition(".")[2]
                    found = (file, full) in named or (
                        count[short] == 1 and (file, short) in named)
                    self.assertTrue(found, f"{file}: {full} is in no row")


if __name__ == "__main__":
    unittest.main()
