#!/usr/bin/env python3
"""count.py - one closing line for everything that ran.

usage: count.py [--strict] [--passed NAME]... [--failed NAME]... [JUNIT.xml]...

Reads the files written by ctest --output-junit and counts what the programs
themselves report: cmocka's tests, node's, unittest's, or a line of their own like
the last one here. A program that reports nothing counts as one test; so does a
failure that no count explains, such as a crash or a leak. Prints the failed and the
skipped by name, then "N passed, N failed" and the skipped where there are any.
Exits 1 when something failed, or nothing ran; --strict turns a skip into a failure.
"""
import re
import sys
import xml.etree.ElementTree as ET

CMOCKA = re.compile(r"^\[ +(OK|FAILED|SKIPPED) +\] (?!\d+ test)(.+)$", re.M)
NODE = re.compile(r"^(?:#|\u2139) (pass|fail|cancelled|skipped|todo) (\d+)$", re.M)
NODE_NAMED = re.compile(r"^\s*(not ok|ok) \d+ - (.+?)(?: # (SKIP|TODO).*)?$", re.M)
UNITTEST = re.compile(r"^Ran (\d+) tests? in .*\n\n(?:OK|FAILED)(?: \((.*)\))?$", re.M)
UNITTEST_SKIP = re.compile(r"^\s*(\S+) .*\.\.\. skipped (.*)$", re.M)
UNITTEST_FAIL = re.compile(r"^(?:FAIL|ERROR): (\S+)", re.M)
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


def read_cmocka(text):
    # Failures are listed twice, and names may repeat between groups: what counts
    # is the line that ends a test, which follows its [ RUN ] line.
    passed, failed, skipped = 0, [], []
    for test in re.split(r"^\[ RUN      \] ", text, flags=re.M)[1:]:
        name = test.split("\n", 1)[0]
        end = CMOCKA.search(test)
        if end is None or end[2] != name and end[1] == "OK":
            failed.append(f"{name} (did not end)")
        elif end[1] == "OK":
            passed += 1
        elif end[1] == "SKIPPED":
            skipped.append(name)
        else:
            failed.append(name)
    return passed, failed, skipped


def read_node(text):
    counts = {"pass": 0, "fail": 0, "cancelled": 0, "skipped": 0, "todo": 0}
    for word, number in NODE.findall(text):
        counts[word] += int(number)
    lines = NODE_NAMED.findall(text)
    bad = [n for state, n, mark in lines if state == "not ok" and not mark]
    left = [n for state, n, mark in lines if mark]
    failed = counts["fail"] + counts["cancelled"]
    skipped = counts["skipped"] + counts["todo"]
    return (counts["pass"],
            bad if len(bad) == failed else ["a node test"] * failed,
            left if len(left) == skipped else ["a node test"] * skipped)


def read_unittest(text):
    passed, failed, skipped = 0, [], []
    for ran, notes in UNITTEST.findall(text):
        notes = dict(re.findall(r"(\w[\w ]*)=(\d+)", notes))
        bad = sum(int(notes.get(k, 0)) for k in ("failures", "errors", "unexpected successes"))
        left = sum(int(notes.get(k, 0)) for k in ("skipped", "expected failures"))
        passed += int(ran) - bad - left
        names = UNITTEST_FAIL.findall(text)
        failed += names if len(names) == bad else ["a unittest"] * bad
        names = [name for name, _ in UNITTEST_SKIP.findall(text)]
        skipped += names if len(names) == left else ["a unittest"] * left
    return passed, failed, skipped


def read_plain(text):
    passed, failed, skipped = (int(n or 0) for n in PLAIN.findall(text)[-1])
    return passed, ["a test"] * failed, ["a test"] * skipped


def read_output(text):
    if "[ RUN      ] " in text:
        return read_cmocka(text)
    if NODE.search(text):
        return read_node(text)
    if UNITTEST.search(text):
        return read_unittest(text)
    if PLAIN.search(text):
        return read_plain(text)
    return 0, [], []


def read_case(case):
    """One program that ctest ran: (passed, names failed, names skipped)."""
    name = case.get("name")
    status = case.get("status")
    skip = case.find("skipped")
    if status == "disabled" or (skip is not None and "SKIP_" in skip.get("message", "")):
        return 0, [], [name]
    if skip is not None:
        return 0, [f"{name} ({skip.get('message')})"], []

    passed, failed, skipped = read_output(case.findtext("system-out") or "")
    if status == "run":
        # Trust ctest: a test may be expected to fail.
        return (passed or int(not skipped)), [], [f"{name}: {s}" for s in skipped]
    return (passed, [f"{name}: {f}" for f in failed] or [name],
            [f"{name}: {s}" for s in skipped])


def main(arguments):
    strict = False
    passed, failed, skipped = 0, [], []
    arguments = iter(arguments)
    for argument in arguments:
        if argument == "--strict":
            strict = True
        elif argument == "--passed":
            next(arguments)
            passed += 1
        elif argument == "--failed":
            failed.append(next(arguments))
        else:
            for case in ET.parse(argument).getroot().iter("testcase"):
                p, f, s = read_case(case)
                passed, failed, skipped = passed + p, failed + f, skipped + s

    if strict:
        failed += [f"{name} (skipped)" for name in skipped]
        skipped = []
    for name in failed:
        print("failed:", name)
    for name in skipped:
        print("skipped:", name)
    if passed == 0 and not failed:
        print("nothing ran")
    print(f"{passed} passed, {len(failed)} failed"
          + (f", {len(skipped)} skipped" if skipped else ""))
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
