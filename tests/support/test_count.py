"""What count.py makes of the output of each kind of test program."""
import contextlib
import io
import sys
import tempfile
import unittest
from xml.sax.saxutils import escape

import count

CMOCKA = """[==========] Running 3 test(s).
[ RUN      ] good
[       OK ] good
[ RUN      ] bad
[  FAILED  ] bad
[ RUN      ] left_out
[  SKIPPED ] left_out
[==========] 3 test(s) run.
[  FAILED  ] 1 test(s), listed below:
[  FAILED  ] bad
"""
NODE = """TAP version 13
ok 1 - good
not ok 2 - bad
ok 3 - left out # SKIP
# pass 1
# fail 1
# cancelled 0
# skipped 1
# todo 0
"""
UNITTEST = """test_good (m.T.test_good) ... ok
test_left_out (m.T.test_left_out) ... skipped 'no browser'

FAIL: test_bad (m.T.test_bad)

Ran 3 tests in 0.1s

FAILED (failures=1, skipped=1)
"""


def counted(*cases, strict=False):
    """Last line, all lines and exit code for cases (name, status, output, skip)."""
    text = "<testsuite>"
    for name, status, output, skip in cases:
        text += f'<testcase name="{name}" status="{status}">'
        text += f'<skipped message="{skip}"/>' if skip else ""
        text += f"<system-out>{escape(output)}</system-out></testcase>"
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(text + "</testsuite>")
        file.flush()
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = count.main((["--strict"] if strict else []) + [file.name])
    lines = out.getvalue().splitlines()
    return lines[-1], lines, code


class Count(unittest.TestCase):
    def test_each_kind_of_output_is_counted_by_test(self):
        for name, text in (("cmocka", CMOCKA), ("node", NODE), ("unittest", UNITTEST)):
            with self.subTest(name=name):
                last, lines, code = counted(("x", "fail", text, None))
                self.assertEqual((last, code), ("1 passed, 1 failed, 1 skipped", 1))
                self.assertRegex(lines[0], "^failed: x: .*bad$")
                self.assertRegex(lines[1], "^skipped: x: .*left.out$")

    def test_program_without_a_count_is_one_test(self):
        self.assertEqual(counted(("x", "run", "fine\n", None))[0], "1 passed, 0 failed")
        self.assertEqual(counted(("x", "fail", "", None))[0], "0 passed, 1 failed")

    def test_own_closing_line_is_read(self):
        self.assertEqual(counted(("x", "run", "4 passed, 0 failed\n", None))[0],
                         "4 passed, 0 failed")

    def test_crash_after_good_tests_is_a_failure(self):
        output = "[ RUN      ] good\n[       OK ] good\n[ RUN      ] next\n"
        self.assertEqual(counted(("x", "fail", output, None))[0], "1 passed, 1 failed")
        self.assertEqual(counted(("x", "fail", "[ RUN      ] a\n[       OK ] a\n", None))[0],
                         "1 passed, 1 failed")

    def test_program_that_could_not_start_is_a_failure(self):
        last, lines, code = counted(("x", "notrun", "", "Unable to find executable"))
        self.assertEqual((last, code), ("0 passed, 1 failed", 1))

    def test_skip_is_named_and_strictly_a_failure(self):
        skipped = ("x", "notrun", "", "SKIP_RETURN_CODE=77")
        good = ("y", "run", "", None)
        self.assertEqual(counted(skipped, good)[1:],
                         (["skipped: x", "1 passed, 0 failed, 1 skipped"], 0))
        self.assertEqual(counted(skipped, good, strict=True)[::2],
                         ("1 passed, 1 failed", 1))

    def test_nothing_ran_is_not_success(self):
        self.assertEqual(counted()[2], 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
