"""Draws ratios as one SVG: how many times as fast as each peer, on a log scale.

    full collection, 1 M alive   CPython |##################|  33
                                 Boehm   |######|              4
                                         1          10        100

A bar to the left of 1 is a peer that is faster. The picture brings its own background,
so that it can be read on a light page and on a dark one.
"""
import math
from xml.sax.saxutils import escape

NAMES = {"cpython": "CPython 3.11", "php": "PHP", "lua": "Lua 5.4", "node": "Node",
         "boehm": "Boehm", "mimalloc": "mimalloc", "jemalloc": "jemalloc",
         "glibc": "glibc", "pymalloc": "pymalloc"}

# Works and their title; the first that has figures is drawn.
GROUPS = [
    (["w2-1M"], "full collection, 1 M objects alive"),
    (["w2-10M"], "full collection, 10 M objects alive"),
    (["w3-2"], "reclaim 1 M objects dead in pairs"),
    (["w3-1000-fin"], "reclaim with finalizers, cycles of 1000"),
    (["w4-18", "w4-16"], "binary-trees"),
    (["w1-lifo1000-mix"], "alloc + free, 16 to 512 bytes, stack order"),
    (["w1-churn100k-mix"], "alloc + free, steady churn among 100,000"),
    (["birth-lifo1000-32"], "object born and dead, 32 bytes"),
    (["list-10M-shuffled", "list-1M-shuffled"], "free a shuffled linked list"),
    (["w6"], "memory of an object with two references"),
]

WIDTH, LEFT, RIGHT, TOP, BAR, GAP = 860, 370, 50, 66, 13, 10

STYLE = """
  .card { fill: #ffffff; stroke: #d0d7de }
  text { font: 11px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .quiet { fill: #59636e }
  .grid { stroke: #d0d7de }
  .one { stroke: #59636e; stroke-width: 1.5 }
  .faster { fill: #2f81c7 }
  .slower { fill: #d1742f }
  @media (prefers-color-scheme: dark) {
    .card { fill: #0d1117; stroke: #3d444d }
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .grid { stroke: #2a313c }
    .one { stroke: #9198a1 }
    .faster { fill: #4493d8 }
    .slower { fill: #db8545 }
  }
"""


def chosen(rows):
    """(title, [(peer, ratio)]) of the groups that have figures."""
    for works, title in GROUPS:
        for work in works:
            ours = rows[work, "ouro"]
            ratios = [(name, rows[work, peer] / ours) for peer, name in NAMES.items()
                      if ours and rows[work, peer]]
            if ratios:
                yield title, ratios
                break


def number(ratio):
    return f"{ratio:.0f}" if ratio >= 20 else f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2g}"


def draw(rows):
    groups = list(chosen(rows))
    logs = [math.log10(ratio) for _, ratios in groups for _, ratio in ratios] + [0, 1]
    # Half a power of ten is the step of both ends.
    low, high = math.floor(min(logs) * 2) / 2, math.ceil(max(logs) * 2) / 2

    def x(ratio):
        share = (math.log10(ratio) - low) / (high - low)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    bottom = TOP + sum(len(ratios) * BAR + GAP for _, ratios in groups)
    height = bottom + 26
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
           f'width="{WIDTH}" height="{height}" role="img">',
           "<title>How many times as fast as its peers Ouro is</title>",
           f"<style>{STYLE}</style>",
           f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" '
           'rx="8"/>',
           '<text class="title" x="16" y="26">Ouro: times as fast as its peers</text>',
           '<text class="quiet" x="16" y="44">CPU time (last group: memory), one machine, '
           "one run, log scale; left of 1 the peer is better</text>"]
    for power in range(math.ceil(low), math.floor(high) + 1):
        kind = "one" if power == 0 else "grid"
        at = x(10 ** power)
        out.append(f'<line class="{kind}" x1="{at}" y1="{TOP - 6}" x2="{at}" '
                   f'y2="{bottom}"/>')
        out.append(f'<text class="quiet" x="{at}" y="{bottom + 14}" '
                   f'text-anchor="middle">{10 ** power:g}</text>')
    y = TOP
    for title, ratios in groups:
        out.append(f'<text x="16" y="{y + BAR - 3}">{escape(title)}</text>')
        for name, ratio in ratios:
            start, end = sorted((x(1), x(ratio)))
            kind = "faster" if ratio >= 1 else "slower"
            out.append(f'<text class="quiet" x="{LEFT - 10}" y="{y + BAR - 3}" '
                       f'text-anchor="end">{escape(name)}</text>')
            out.append(f'<rect class="{kind}" x="{start}" y="{y + 1.5}" '
                       f'width="{max(end - start, 1):.1f}" height="{BAR - 3}"/>')
            # A bar to the left has its figure right of the line, where it is free.
            out.append(f'<text x="{end + 4:.1f}" y="{y + BAR - 3}">{number(ratio)}</text>')
            y += BAR
        y += GAP
    return "\n".join(out) + "\n</svg>\n"
