"""How long looks into a large heap take, and how long others wait meanwhile.

    OUROD=build/release/daemon/ourod PYTHONPATH=tests/e2e python3 tests/bench/look.py

4.5 million objects (the workload binary-trees), the program running on at a low rate.
While each request is under way another session asks gc.get_count again and again: its
slowest answer is the longest that the heap did not listen, and the way there and back.
"""

import asyncio
import time

from daemon import Daemon

SETTINGS = {"rate": 10000000, "depth": 18, "keep": 8}
OBJECTS = 3900000
HEAP = "workshop"


async def timed(asker, prober, method, **params):
    """One line of the table; the answer."""
    waits, done = [], asyncio.Event()

    async def probe():
        while not done.is_set():
            begin = time.perf_counter()
            await prober.ask("gc.get_count", heap=HEAP)
            waits.append(time.perf_counter() - begin)
            await asyncio.sleep(0.055)  # a session may say 20 commands a second

    task = asyncio.create_task(probe())
    begin = time.perf_counter()
    answer = await asker.ask(method, heap=HEAP, **params)
    took = time.perf_counter() - begin
    done.set()
    await task
    words = " ".join([method, *(str(value) for key, value in params.items() if key == "format")])
    print(f"{words:30} {took * 1e3:8.1f} ms   others wait at most {max(waits) * 1e3:5.1f} ms")
    return answer


async def measure(daemon):
    async with daemon.session() as asker, daemon.session() as prober:
        objects = await timed(asker, prober, "heap.objects", limit=1000)
        one = objects["objects"][500]["id"]
        await timed(asker, prober, "heap.referrers", id=one)
        await timed(asker, prober, "heap.path_to_root", id=one)
        await timed(asker, prober, "heap.mark")
        await timed(asker, prober, "heap.graph", limit=5000)
        for form in ("ouro", "heapsnapshot"):
            answer = await timed(asker, prober, "heap.snapshot", format=form)
            print(f"{'':30} {answer['bytes'] / 1e6:8.1f} MB")
        await timed(asker, prober, "gc.collect")


with Daemon() as running:
    running.rpc("workload.start", heap=HEAP, workload="binary-trees", settings=SETTINGS)
    while running.rpc("heap.mark", heap=HEAP)["objects"] < OBJECTS:
        time.sleep(0.5)
    running.rpc("workload.set", heap=HEAP, settings={"rate": 1000})
    print(running.rpc("heap.mark", heap=HEAP)["objects"], "objects")
    asyncio.run(measure(running))
