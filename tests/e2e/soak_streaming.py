"""Half an hour at load with flat memory: tests/run --soak, or for fewer seconds

    OURO_SOAK_SECONDS=300 ctest --test-dir build/dev -R e2e.soak

200 clients follow everything of two heaps at 10 Hz, one of which collects seventy times a
second. Meanwhile others come and vanish, stall until they are closed, and ask. What the
daemon keeps on purpose (collections for those who come back) is full after a tenth of
the time, if that is half a minute; from then on it may not grow.
"""
import os
import time
import unittest

from daemon import Daemon
from load import Load
from test_faults import SANITIZED, cpu_seconds, descriptors, end, memory_bytes, vanish
from test_slow_client import stalled_client

SECONDS = float(os.environ.get("OURO_SOAK_SECONDS", "1800"))
TURN_S = 1.0
# Rounding of what malloc takes from and gives back to the system.
GROWTH_BYTES = 1024 * 1024


class Soak(unittest.TestCase):
    def test_memory_stays_flat_under_load(self):
        with Daemon("--limits-sessions-an-address", "100") as daemon:
            daemon.rpc("workload.set", heap="documents", settings={"rate": 50_000})
            with Load(daemon, 200, 1e6, topics=("sample", "pools", "collection")) as load:
                seen = self.watch(daemon)
                end(daemon)
                figures = load.wait()
            self.judge(seen)
            print(f"{figures['messages']:.0f} messages, p99 {figures['p99_ms']:.1f} ms", flush=True)
            self.assertEqual(load.closed, {1001: 200})
            self.assertGreater(figures["fewest"], figures["most"] * 0.99)

    def watch(self, daemon):
        """(seconds, memory, descriptors) of each turn."""
        began, seen, stalled = time.monotonic(), [], []
        cpu = cpu_seconds(daemon)
        while time.monotonic() - began < SECONDS:
            for kind in ("bare", "half", "session"):
                vanish(daemon, kind)
            if len(seen) % 10 == 0:
                stalled.append(stalled_client(daemon))
            for sock in stalled[:-2]:  # closed by now
                sock.close()
            del stalled[:-2]
            daemon.rpc("gc.collect", heap="documents", generation=1)
            daemon.rpc("heap.census", heap="documents")
            seen.append((time.monotonic() - began, memory_bytes(daemon), descriptors(daemon)))
            time.sleep(TURN_S)
        for sock in stalled:
            sock.close()
        cpu = (cpu_seconds(daemon) - cpu) / SECONDS
        print(f"\n{SECONDS:.0f} s, {100 * cpu:.0f} % of a core", flush=True)
        return seen

    def judge(self, seen):
        settled = seen[len(seen) // 10:]
        third = len(settled) // 3
        early, late = settled[:third], settled[-third:]
        grown = max(memory for _, memory, _ in late) - max(memory for _, memory, _ in early)
        print(f"memory {early[0][1]} to {late[-1][1]} bytes, the peak of the last third {grown:+} "
              f"against the first; at most {max(each[2] for each in seen)} descriptors", flush=True)
        if not SANITIZED:
            self.assertLess(grown, GROWTH_BYTES)
        self.assertLessEqual(max(each[2] for each in late), max(each[2] for each in early) + 5)


if __name__ == "__main__":
    unittest.main()
