"""OpenMetrics 1.0 text, read strictly: what the standard forbids is an error here.

    families = read(text)
    families["ouro_gc_pause_seconds"].samples[0].labels["heap"]

Only what ourod may write is known: counter, gauge, histogram, info; exemplars on
buckets; no timestamps, no units, no _created.
"""
import math
import re
from dataclasses import dataclass, field

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r"[a-zA-Z_][a-zA-Z0-9_]*"
NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?Inf|NaN"
PAIR = re.compile(rf'({LABEL})="((?:[^"\\\n]|\\[\\"n])*)"')
SUFFIXES = {"counter": ["_total"], "gauge": [""], "info": ["_info"],
            "histogram": ["_bucket", "_sum", "_count"]}


@dataclass
class Sample:
    name: str
    labels: dict
    value: float
    exemplar: tuple = None  # (labels, value, timestamp)


@dataclass
class Family:
    name: str
    type: str
    help: str
    samples: list = field(default_factory=list)


class Broken(Exception):
    pass


def check(condition, *why):
    if not condition:
        raise Broken(" ".join(map(str, why)))


def read_labels(text, where):
    """What stands between braces, which are in `text` still."""
    labels, rest = {}, text[1:-1]
    while rest:
        pair = PAIR.match(rest)
        check(pair, "bad label at", rest, "in", where)
        check(pair[1] not in labels, "label", pair[1], "twice in", where)
        labels[pair[1]] = re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), pair[2])
        rest = rest[pair.end():]
        check(not rest or (rest[0] == "," and len(rest) > 1), "bad labels in", where)
        rest = rest[1:]
    return labels


LABELS = r'\{(?:[^"\\}]|"(?:[^"\\]|\\.)*")*\}'
LINE = re.compile(rf"({NAME})({LABELS})? ({NUMBER})(?: # ({LABELS}) ({NUMBER})(?: ({NUMBER}))?)?")


def read_sample(line):
    match = LINE.fullmatch(line)
    check(match, "not a sample:", line)
    exemplar = None
    if match[4]:
        labels = read_labels(match[4], line)
        check(sum(len(k) + len(v) for k, v in labels.items()) <= 128, "exemplar too long:", line)
        exemplar = (labels, float(match[5]), float(match[6]) if match[6] else None)
    return Sample(match[1], read_labels(match[2], line) if match[2] else {}, float(match[3]), exemplar)


def read(text):
    check(text.endswith("# EOF\n"), "no # EOF at the end")
    families, current = {}, None
    for line in text[:-len("# EOF\n")].split("\n")[:-1]:
        check(line == line.strip() and line, "blank or indented line", repr(line))
        if line.startswith("#"):
            word = re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.+)", line)
            check(word, "bad comment:", line)
            if word[1] == "HELP":
                check(word[2] not in families, "family twice:", line)
                current = families[word[2]] = Family(word[2], None, word[3])
            else:
                check(current and current.name == word[2] and current.type is None, "stray:", line)
                check(word[3] in SUFFIXES, "unknown type:", line)
                current.type = word[3]
            continue
        sample = read_sample(line)
        check(current and current.type, "sample before its TYPE:", line)
        check(sample.name in [current.name + s for s in SUFFIXES[current.type]],
              sample.name, "is no sample of", current.name)
        current.samples.append(sample)
    for family in families.values():
        check_family(family)
    return families


def check_family(family):
    check(family.samples, "no samples in", family.name)
    for ending in ("_total", "_info", "_bucket", "_sum", "_count", "_created"):
        check(not family.name.endswith(ending), "reserved ending:", family.name)
    seen = set()
    for sample in family.samples:
        key = (sample.name, tuple(sorted(sample.labels.items())))
        check(key not in seen, "series twice:", key)
        seen.add(key)
        check(sample.exemplar is None or sample.name.endswith("_bucket"), "exemplar on", sample.name)
        if family.type in ("counter", "histogram"):
            check(sample.value >= 0 and not math.isnan(sample.value), "bad value of", key)
        if family.type == "info":
            check(sample.value == 1, "an info is 1:", key)
    names = {frozenset(set(s.labels) - {"le"}) for s in family.samples}
    check(len(names) == 1 or family.type == "gauge", "label names differ in", family.name)
    if family.type == "histogram":
        check_histograms(family)


def check_histograms(family):
    groups = {}
    for sample in family.samples:
        labels = {k: v for k, v in sample.labels.items() if k != "le"}
        groups.setdefault(tuple(labels.items()), []).append(sample)
    for labels, samples in groups.items():
        buckets = [s for s in samples if s.name.endswith("_bucket")]
        rest = [s.name[len(family.name):] for s in samples[len(buckets):]]
        check(rest == ["_sum", "_count"], "order of", family.name, labels, rest)
        bounds = [float(s.labels["le"]) for s in buckets]
        check(bounds == sorted(set(bounds)) and bounds[-1] == math.inf, "bounds of", labels, bounds)
        counts = [s.value for s in buckets]
        check(counts == sorted(counts), "buckets are not cumulative:", labels)
        check(counts[-1] == samples[-1].value, "+Inf is not the count:", labels)
        below = -math.inf
        for sample, bound in zip(buckets, bounds):
            if sample.exemplar:
                check(below < sample.exemplar[1] <= bound, "exemplar in the wrong bucket:", sample)
                check(sample.value > 0, "exemplar of nothing:", sample)
            below = bound
