"""Figures of benchmarks, and how they stand to their bounds.

    rows:  work, subject --> every value seen; the median counts
    Judge: rows + bounds --> ratio, met or not --> table, summary

Shared by compare.py (the collector) and compare_daemon.py (the daemon).
"""
import collections
import fnmatch
import json
import os
import platform
import re
import statistics
import subprocess

# How ouro must stand. `faster`: the peer takes at least `limit` times as much. `cost`:
# ouro takes at most `limit` times the peer's, or another row's, or (None) the unit.
# `least`: as `cost`, but at least.
Bound = collections.namedtuple("Bound", "work kind against limit")
Verdict = collections.namedtuple("Verdict", "ratio text met")


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


class Judge:
    """Subjects in the order of their columns, and the bounds."""

    def __init__(self, subjects, bounds):
        self.subjects, self.bounds = subjects, bounds

    def verdict(self, bound, work, rows):
        """How ouro stands to a bound in a work; None where a figure is missing."""
        ours = rows[work, "ouro"]
        if bound.against is None:
            theirs = 1
        elif bound.against in self.subjects:
            theirs = rows[work, bound.against]
        else:
            theirs = rows[bound.against, "ouro"]
        if ours is None or not theirs:
            return None
        if bound.kind == "faster":
            if not ours:
                return None
            ratio = theirs / ours
            return Verdict(ratio, f"≥ {bound.limit:g} × {bound.against}",
                           ratio >= bound.limit)
        ratio = ours / theirs
        against = f"× {bound.against}" if bound.against else rows.units[work]
        if bound.kind == "least":
            return Verdict(ratio, f"≥ {bound.limit:g} {against}", ratio >= bound.limit)
        return Verdict(ratio, f"≤ {bound.limit:g} {against}", ratio <= bound.limit)

    def verdicts(self, work, rows):
        found = (self.verdict(bound, work, rows) for bound in self.bounds
                 if fnmatch.fnmatchcase(work, bound.work))
        return [each for each in found if each is not None]

    def table(self, rows):
        """Lines: a work and its figures, and a line more for each further bound."""
        columns = [s for s in self.subjects
                   if any(s == subject for _, subject in rows.values)]
        width = max(map(len, rows.units), default=0)
        heads = "".join(f"{column:>9}" for column in columns)
        yield f"{'work':{width}}{heads}  {'unit':12}  {'ratio':>6}  {'bound':18}  met"
        for work, unit in rows.units.items():
            figures = "".join(f"{figure(rows[work, column]):>9}" for column in columns)
            start = f"{work:{width}}{figures}  {unit:12}"
            for each in self.verdicts(work, rows):
                met = "yes" if each.met else "NO"
                yield f"{start}  {figure(each.ratio, 2):>6}  {each.text:18}  {met}"
                start = " " * len(start)
            if start.strip():
                yield start.rstrip()

    def summary(self, rows):
        judged = [(work, each) for work in rows.units
                  for each in self.verdicts(work, rows)]
        missed = [(work, each) for work, each in judged if not each.met]
        yield f"{len(judged) - len(missed)} bounds met, {len(missed)} not met"
        for work, each in missed:
            yield f"  {work}: {each.ratio:.2f}, bound {each.text}"


def figure(value, digits=1):
    if value is None:
        return ""
    return (f"{value:.0f}" if value >= 1000 else f"{value:.{digits}f}"
            if value >= 1 or digits > 1 else f"{value:.2g}")


def first_line(*command):
    try:
        output = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                text=True, check=False).stdout
    except OSError:
        return "none"
    return (output.splitlines() or ["none"])[0]


def processor():
    with open("/proc/cpuinfo") as file:
        model = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.M)
    name = model.group(1) if model else platform.machine()
    return f"{name}, {os.cpu_count()} cores, Linux {platform.release()}"


def version_of(package):
    return f"{package} {first_line('dpkg-query', '-W', '-f=${Version}', package)}"


def require_release(build):
    """Checks and sanitizers would be measured, so their absence is made sure of."""
    with open(os.path.join(build, "CMakeCache.txt")) as file:
        cache = dict(re.findall(r"^(\w+):\w+=(.*)$", file.read(), re.M))
    if (cache["OURO_CHECK"], cache["OURO_SANITIZE"]) != ("0", ""):
        raise SystemExit(f"{build} is compiled with checks")
    if cache["CMAKE_BUILD_TYPE"] not in ("Release", "RelWithDebInfo"):
        raise SystemExit(f"{build} is not optimised")
