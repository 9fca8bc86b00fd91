"""The collector's workloads in CPython: bench_core.py WORK SIZE; see bench_core.c."""
import gc
import math
import sys
import time

ROUNDS = 5
now = time.process_time_ns


class Node:
    __slots__ = ("a", "b", "c")

    def __init__(self):
        self.a = self.b = self.c = None


class Pair:
    __slots__ = ("left", "right")

    def __init__(self):
        self.left = self.right = None


def row(work, value, unit):
    print(f"{work} {value:.4f} {unit}")


def median(values):
    return sorted(values)[len(values) // 2]


def collect_ns(expected):
    start = now()
    found = gc.collect()
    end = now()
    if found != expected:
        sys.exit(f"bench_core.py: collected {found}, not {expected}")
    return end - start


def w2(count):
    stride = int(count * 0.6180339887) | 1
    while math.gcd(stride, count) != 1:
        stride += 2
    gc.disable()
    nodes = [Node() for _ in range(count)]
    state = 12345
    for i in range(count):
        node = nodes[i * stride % count]
        if 2 * i + 1 < count:
            node.a = nodes[(2 * i + 1) * stride % count]
        if 2 * i + 2 < count:
            node.b = nodes[(2 * i + 2) * stride % count]
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        node.c = nodes[state % count]
    root = nodes[0]
    del nodes, node
    gc.collect()
    times = [collect_ns(0) / count for _ in range(ROUNDS)]
    assert root is not None
    size = count if count % 1_000_000 else f"{count // 1_000_000}M"
    row(f"w2-{size}", median(times), "ns/object")


def make_cycles(count, length):
    for _ in range(count // length):
        first = last = Node()
        for _ in range(length - 1):
            following = Node()
            last.a = following
            last = following
        last.a = first


def w3(count):
    gc.disable()
    for length in (2, 1000):
        times = []
        for _ in range(ROUNDS):
            gc.collect()
            make_cycles(count, length)
            times.append(collect_ns(count) / count)
        row(f"w3-{length}", median(times), "ns/object")


def tree(depth):
    pair = Pair()
    if depth > 0:
        pair.left = tree(depth - 1)
        pair.right = tree(depth - 1)
    return pair


def check(pair):
    return 1 if pair.left is None else 1 + check(pair.left) + check(pair.right)


def w4(depth):
    start = now()
    total = check(tree(depth + 1))
    kept = tree(depth)
    for d in range(4, depth + 1, 4):
        for _ in range(1 << (depth - d + 4)):
            total += check(tree(d))
    total += check(kept)
    row(f"w4-{depth}", (now() - start) / 1e9, "s")


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def w6(count):
    pairs = [None] * count
    before = resident_bytes()
    for i in range(count):
        pairs[i] = Pair()
    row("w6", (resident_bytes() - before) / count, "bytes/object")


WORKS = {"w2": w2, "w3": w3, "w4": w4, "w6": w6}

if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in WORKS:
        sys.exit("usage: bench_core.py w2|w3|w4|w6 SIZE")
    sys.setrecursionlimit(10_000)
    WORKS[sys.argv[1]](int(sys.argv[2]))
