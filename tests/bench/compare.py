"""Runs the benchmarks in turns, judges the medians by the bounds, prints the table.

    STEPS  -->  a process a step and subject, round after round  -->  rows
    BOUNDS -->  ratio of two rows, met or not                    -->  table, JSON, picture

Called by tests/bench/run, which explains the options.
"""
import argparse
import collections
import fnmatch
import os
import platform
import subprocess
import sys
import time

import picture
from rows import Bound, Judge, Rows, first_line, processor, require_release, version_of

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
JUDGE = Judge(SUBJECTS, BOUNDS)


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


def machine():
    yield processor()
    versions = [f"Python {platform.python_version()}",
                " ".join(first_line("php", "--version").split()[:2]),
                " ".join(first_line("lua5.4", "-v").split()[:2]),
                f"Node {first_line('node', '--version')}"]
    versions += map(version_of, ("libgc1", "libmimalloc2.0", "libjemalloc2", "libc6"))
    yield ", ".join(versions)


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
        require_release(BUILD)
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
    print("\n".join([*JUDGE.table(rows), *JUDGE.summary(rows)]))
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
