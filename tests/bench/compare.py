"""Runs the benchmarks in turns, judges the medians by the bounds, prints the table.

    STEPS  -->  a process a step and subject, round after round  -->  rows
    BOUNDS -->  ratio of two rows, met or not                    -->  table, JSON, picture

Called by tests/bench/run, which explains the options.
"""
import argparse
import collections
import fnmatch
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time

import picture

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build", "release")

COLLECTORS = ["ouro", "cpython", "php", "lua", "node", "boehm"]
ALLOCATORS = ["ouro", "mimalloc", "jemalloc", "glibc"]
SUBJECTS = COLLECTORS + ALLOCATORS[1:] + ["pymalloc", "floor"]

# `size` and `quick` are what the program gets, with --quick the second; None leaves the
# step out. `repeats` are inside one process; `every` 3: in each third round.
Step = collections.namedtuple("Step", "work size quick subjects repeats every",
                              defaults=[5, 1])
M = 1_000_000
STEPS = [
    Step("w1", 1 * M, 1 * M, ALLOCATORS + ["pymalloc"]),
    Step("birth", 1 * M, 1 * M, ALLOCATORS),
    Step("list", 10 * M, 1 * M, ALLOCATORS, 3, 2),
    Step("w2", 1 * M, 1 * M, COLLECTORS, 3),
    Step("w2-roots", 1 * M, 1 * M, ["ouro"]),
    Step("w2", 10 * M, None, COLLECTORS, 3, 3),
    Step("w2-roots", 10 * M, None, ["ouro"], 3, 3),
    Step("w3", 1 * M, 1 * M, COLLECTORS, 3),
    Step("w3-fin", 1 * M, 1 * M, ["ouro", "cpython"], 3),
    Step("w4", 16, 16, COLLECTORS),
    Step("w4", 18, None, COLLECTORS, 5, 3),
    Step("w5", 1 * M, None, COLLECTORS, 1, 2),
    Step("w6", 1 * M, 1 * M, COLLECTORS),
    Step("young", 10_000, 10_000, ["ouro"]),
    Step("young", 10 * M, 1 * M, ["ouro"]),
]

# How ouro must stand. `faster`: the peer takes at least `limit` times as much. `cost`:
# ouro takes at most `limit` times the peer's, or another row's, or (None) the unit.
Bound = collections.namedtuple("Bound", "work kind against limit")
BOUNDS = [
    Bound("w2-1M", "faster", "cpython", 30),
    Bound("w2-1M", "faster", "boehm", 4),
    Bound("w2-1M", "cost", "floor", 1.6),
    Bound("w2-10M", "faster", "cpython", 30),
    Bound("w2-10M", "faster", "boehm", 3),
    Bound("w2-10M", "cost", "floor", 1.6),
    Bound("w3-2", "faster", "cpython", 5),
    Bound("w3-1000", "faster", "cpython", 5),
    Bound("w3-*-fin", "faster", "cpython", 4),
    Bound("w1-*", "faster", "mimalloc", 1),
    Bound("birth-*", "faster", "mimalloc", 1),
    Bound("w4-*", "faster", "boehm", 1),
    Bound("w4-*", "cost", "node", 2),
    Bound("w6", "cost", None, 28),
    Bound("young-*M", "cost", "young-10k", 1.3),
    Bound("list-*", "faster", "glibc", 1),
]


def command_of(subject, work):
    """The program, and what its environment has beside ours."""
    programs = os.path.join(BUILD, "tests", "bench", "")
    if work in ("w1", "birth", "list"):
        preloaded = {"mimalloc": ("libmimalloc.so.2", "mi_malloc"),
                     "jemalloc": ("libjemalloc.so.2", "mallctl"),
                     "glibc": ("", "malloc_info")}
        if subject not in preloaded:
            return [programs + f"bench_{subject}"], {}
        library, symbol = preloaded[subject]
        return [programs + "bench_malloc"], {"LD_PRELOAD": library,
                                             "BENCH_ALLOCATOR": symbol}
    return {
        "ouro": [programs + "bench_core"],
        "cpython": ["/usr/bin/python3", os.path.join(HERE, "peer_cpython.py")],
        "php": ["php", os.path.join(HERE, "peer_php.php")],
        "lua": ["lua5.4", os.path.join(HERE, "peer_lua.lua")],
        "node": ["node", "--expose-gc", "--max-old-space-size=8192",
                 os.path.join(HERE, "peer_node.js")],
        "boehm": [programs + "peer_boehm"],
    }[subject], {}


class Rows:
    """Every value seen, by work and subject; their medians are the result."""

    def __init__(self):
        self.values, self.units = {}, {}

    def add(self, work, subject, value, unit):
        self.values.setdefault((work, subject), []).append(value)
        self.units[work] = unit

    def __getitem__(self, key):
        seen = self.values.get(key)
        return statistics.median(seen) if seen else None

    def dump(self, file):
        rows = [json.dumps({"work": work, "subject": subject,
                            "value": round(self[work, subject], 4),
                            "unit": self.units[work]})
                for work, subject in self.values]
        file.write("[\n" + ",\n".join(rows) + "\n]\n")

    def load(self, file):
        for row in json.load(file):
            self.add(row["work"], row["subject"], row["value"], row["unit"])


def measure(step, subject, size, rows):
    """One process. A row is `work value unit`; another subject's has its name, too."""
    command, environment = command_of(subject, step.work)
    command += [step.work, str(size), str(step.repeats)]
    try:
        output = subprocess.run(command, env={**os.environ, **environment}, check=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{step.work} {size}: {subject} failed: {error}", file=sys.stderr)
        return False
    for line in output.splitlines():
        work, value, unit, *other = line.split()
        rows.add(work, other[0] if other else subject, float(value), unit)
    return True


def run(options, rows):
    whole, began = True, time.monotonic()
    for turn in range(options.rounds):
        for step in STEPS:
            size = step.quick if options.quick else step.size
            wanted = size is not None and fnmatch.fnmatch(step.work, options.only)
            if not wanted or turn % step.every != 0:
                continue
            # Who goes first changes from round to round.
            first, started = turn % len(step.subjects), time.monotonic()
            for subject in step.subjects[first:] + step.subjects[:first]:
                whole &= measure(step, subject, size, rows)
            print(f"round {turn + 1} of {options.rounds}: {step.work} {size}, "
                  f"{time.monotonic() - started:.0f} s", file=sys.stderr)
    print(f"all rounds: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return whole


Verdict = collections.namedtuple("Verdict", "ratio text met")


def verdict(bound, work, rows):
    """How ouro stands to a bound in a work; None where a figure is missing."""
    ours = rows[work, "ouro"]
    if bound.against is None:
        theirs = 1
    elif bound.against in SUBJECTS:
        theirs = rows[work, bound.against]
    else:
        theirs = rows[bound.against, "ouro"]
    if not ours or not theirs:
        return None
    if bound.kind == "faster":
        ratio = theirs / ours
        return Verdict(ratio, f"≥ {bound.limit:g} × {bound.against}", ratio >= bound.limit)
    ratio = ours / theirs
    against = f"× {bound.against}" if bound.against else rows.units[work]
    return Verdict(ratio, f"≤ {bound.limit:g} {against}", ratio <= bound.limit)


def verdicts(work, rows):
    found = (verdict(bound, work, rows) for bound in BOUNDS
             if fnmatch.fnmatchcase(work, bound.work))
    return [each for each in found if each is not None]


def figure(value):
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 1000 else f"{value:.1f}" if value >= 1 else f"{value:.2g}"


def table(rows):
    """Lines: a work and its figures, and a line more for each further bound."""
    columns = [s for s in SUBJECTS if any(s == subject for _, subject in rows.values)]
    width = max(map(len, rows.units), default=0)
    heads = "".join(f"{column:>9}" for column in columns)
    yield f"{'work':{width}}{heads}  {'unit':12}  {'ratio':>6}  {'bound':18}  met"
    for work, unit in rows.units.items():
        figures = "".join(f"{figure(rows[work, column]):>9}" for column in columns)
        start = f"{work:{width}}{figures}  {unit:12}"
        for each in verdicts(work, rows):
            met = "yes" if each.met else "NO"
            yield f"{start}  {each.ratio:6.2f}  {each.text:18}  {met}"
            start = " " * len(start)
        if start.strip():
            yield start.rstrip()


def summary(rows):
    judged = [(work, each) for work in rows.units for each in verdicts(work, rows)]
    missed = [(work, each) for work, each in judged if not each.met]
    yield f"{len(judged) - len(missed)} bounds met, {len(missed)} not met"
    for work, each in missed:
        yield f"  {work}: {each.ratio:.2f}, bound {each.text}"


def first_line(*command):
    try:
        output = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                text=True, check=False).stdout
    except OSError:
        return "none"
    return (output.splitlines() or ["none"])[0]


def machine():
    with open("/proc/cpuinfo") as file:
        model = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.M)
    name = model.group(1) if model else platform.machine()
    yield f"{name}, {os.cpu_count()} cores, Linux {platform.release()}"
    versions = [f"Python {platform.python_version()}",
                " ".join(first_line("php", "--version").split()[:2]),
                " ".join(first_line("lua5.4", "-v").split()[:2]),
                f"Node {first_line('node', '--version')}"]
    for package in ("libgc1", "libmimalloc2.0", "libjemalloc2", "libc6"):
        version = first_line("dpkg-query", "-W", "-f=${Version}", package)
        versions.append(f"{package} {version}")
    yield ", ".join(versions)


def require_release():
    """Checks and sanitizers would be measured, so their absence is made sure of."""
    with open(os.path.join(BUILD, "CMakeCache.txt")) as file:
        cache = dict(re.findall(r"^(\w+):\w+=(.*)$", file.read(), re.M))
    if (cache["OURO_CHECK"], cache["OURO_SANITIZE"]) != ("0", ""):
        sys.exit("compare.py: build/release is compiled with checks")
    if cache["CMAKE_BUILD_TYPE"] not in ("Release", "RelWithDebInfo"):
        sys.exit("compare.py: build/release is not optimised")


def main():
    parser = argparse.ArgumentParser(usage="see tests/bench/run --help")
    parser.add_argument("suite", choices=["core"])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--only", default="*")
    parser.add_argument("--json")
    parser.add_argument("--svg")
    parser.add_argument("--from", dest="source")
    options = parser.parse_args()
    if options.rounds is None:
        options.rounds = 1 if options.quick else 3
    rows, whole = Rows(), True
    if options.source:
        with open(options.source) as file:
            rows.load(file)
    else:
        require_release()
        whole = run(options, rows)
    if options.json:
        with open(options.json, "w") as file:
            rows.dump(file)
    if options.svg:
        with open(options.svg, "w") as file:
            file.write(picture.draw(rows))
    if not options.source:
        print("\n".join(machine()))
        print(f"rounds: {options.rounds}; CPU time, medians")
    print("\n".join([*table(rows), *summary(rows)]))
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
