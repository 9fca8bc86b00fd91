"""The collector's works in CPython: peer_cpython.py WORK SIZE [REPEATS].

See bench_core.c for what the works are.
"""
import gc
import math
import sys
import time

now = time.process_time_ns
repeats = 5
finalizers_run = 0


class Node:
    __slots__ = ("a", "b", "c")

    def __init__(self):
        self.a = self.b = self.c = None


class FinalizedNode(Node):
    __slots__ = ()

    def __del__(self):
        global finalizers_run
        finalizers_run += 1


class Pair:
    __slots__ = ("left", "right")

    def __init__(self):
        self.left = self.right = None


def row(work, value, unit):
    print(f"{work} {value:.4f} {unit}")


def median(values):
    return sorted(values)[len(values) // 2]


def check(fact, message):
    if not fact:
        sys.exit(f"peer_cpython.py: {message}")


def random_below(limit, state=12345):
    """The numbers of bench_random() in workloads.h, taken modulo `limit`."""
    while True:
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        yield state % limit


def collect_ns(expected):
    start = now()
    found = gc.collect()
    end = now()
    check(found == expected, f"collected {found}, not {expected}")
    return end - start


def graph(count):
    stride = int(count * 0.6180339887) | 1
    while math.gcd(stride, count) != 1:
        stride += 2
    nodes = [Node() for _ in range(count)]
    for i, other in zip(range(count), random_below(count)):
        node = nodes[i * stride % count]
        if 2 * i + 1 < count:
            node.a = nodes[(2 * i + 1) * stride % count]
        if 2 * i + 2 < count:
            node.b = nodes[(2 * i + 2) * stride % count]
        node.c = nodes[other]
    return nodes[0]


def w2(count):
    gc.disable()
    root = graph(count)
    gc.collect()
    check(len(gc.get_objects(2)) >= count, "the graph does not live")
    times = [collect_ns(0) / count for _ in range(repeats)]
    check(root is not None, "no root")
    size = count if count % 1_000_000 else f"{count // 1_000_000}M"
    row(f"w2-{size}", median(times), "ns/object")


def make_cycles(node, count, length):
    for _ in range(count // length):
        first = last = node()
        for _ in range(length - 1):
            following = node()
            last.a = following
            last = following
        last.a = first


def dead_cycles(node, count, suffix, finalizers):
    global finalizers_run
    gc.disable()
    for length in (2, 1000):
        times = []
        for _ in range(repeats):
            gc.collect()
            make_cycles(node, count, length)
            finalizers_run = 0
            times.append(collect_ns(count) / count)
            check(finalizers_run == finalizers, "not each finalizer ran once")
        row(f"w3-{length}{suffix}", median(times), "ns/object")


def w3(count):
    dead_cycles(Node, count, "", 0)


def w3_fin(count):
    dead_cycles(FinalizedNode, count, "-fin", count)


def tree(depth):
    pair = Pair()
    if depth > 0:
        pair.left = tree(depth - 1)
        pair.right = tree(depth - 1)
    return pair


def nodes_of(pair):
    return 1 if pair.left is None else 1 + nodes_of(pair.left) + nodes_of(pair.right)


def tree_nodes(depth):
    return (2 << depth) - 1


def w4(depth):
    start = now()
    total = nodes_of(tree(depth + 1))
    kept = tree(depth)
    for d in range(4, depth + 1, 4):
        for _ in range(1 << (depth - d + 4)):
            total += nodes_of(tree(d))
    total += nodes_of(kept)
    end = now()
    expected = tree_nodes(depth + 1) + tree_nodes(depth)
    expected += sum((1 << (depth - d + 4)) * tree_nodes(d) for d in range(4, depth + 1, 4))
    check(total == expected, "the trees have other nodes")
    row(f"w4-{depth}", (end - start) / 1e9, "s")


def w5(live):
    gc.disable()
    entries, requests = live // 2, live // 10
    root = graph(live - entries)
    table = [Node() for _ in range(entries)]
    latencies = [0] * requests
    gc.collect()
    before = sum(generation["collected"] for generation in gc.get_stats())
    gc.enable()
    victims = random_below(entries, 777)
    for i in range(requests):
        start = now()
        for _ in range(40):
            first = Node()
            second = Node()
            first.a = second
            second.a = first
        for _ in range(20):
            node = Node()
            node.c = root
            table[next(victims)] = node
        latencies[i] = now() - start
    del first, second
    gc.collect()
    collected = sum(generation["collected"] for generation in gc.get_stats()) - before
    check(collected == requests * 80, "the service's garbage was not collected")
    latencies.sort()
    row("w5-p50", latencies[requests // 2] / 1e3, "us")
    row("w5-p99", latencies[requests * 99 // 100] / 1e3, "us")
    row("w5-max", latencies[-1] / 1e3, "us")


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def w6(count):
    pairs = [None] * count
    before = resident_bytes()
    for i in range(count):
        pairs[i] = Pair()
    row("w6", (resident_bytes() - before) / count, "bytes/object")


WORKS = {"w2": w2, "w3": w3, "w3-fin": w3_fin, "w4": w4, "w5": w5, "w6": w6}

if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in WORKS:
        sys.exit("usage: peer_cpython.py w2|w3|w3-fin|w4|w5|w6 SIZE [REPEATS]")
    if len(sys.argv) == 4:
        repeats = int(sys.argv[3])
    sys.setrecursionlimit(10_000)
    WORKS[sys.argv[1]](int(sys.argv[2]))
