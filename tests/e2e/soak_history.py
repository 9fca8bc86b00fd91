"""kill -9 a hundred times under write load: the file stays whole, no number is used twice,
and a client is told of every number, given or lost.

    OUROD=build/release/daemon/ourod soak_history.py [TIMES]

Each turn the workload makes some hundred collections a second, the daemon is killed at a
moment that nothing chooses, and the next one must go on above all that a client has seen.
What a client saw a second and more before the kill must be in the file.
"""

import asyncio
import os
import random
import shutil
import sqlite3
import sys
import tempfile

from daemon import Daemon

RATE = 200_000  # values a second: about 280 collections


class Fault(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Fault(text)


async def run_and_kill(directory, seconds, last):
    """The numbers that a client saw, with when."""
    daemon = Daemon(directory=directory).__enter__()
    seen = []
    try:
        async with daemon.session() as session:
            await session.ask("workload.set", heap="documents", settings={"rate": RATE})
            answer = await session.ask("stream.subscribe", heap="documents", topics=["collection"])
            check(answer["seq"] >= last, f"goes on at {answer['seq']} after {last}")
            loop = asyncio.get_running_loop()
            until = loop.time() + seconds
            while loop.time() < until or not seen:
                event = session.events.pop(0) if session.events else await session.read()
                if event["method"] == "collection":
                    seen.append((event["params"]["seq"], loop.time()))
            killed = loop.time()
            daemon.process.kill()
            daemon.process.wait()
    except (OSError, asyncio.IncompleteReadError):
        raise Fault("the session broke: " + daemon.read_log()) from None
    finally:
        daemon.process.kill()
        daemon.process.wait()
        daemon.log.close()
        daemon.process.stdout.close()
    return seen, killed


def check_file(directory, old):
    path = os.path.join(directory, "state", "history.sqlite")
    with sqlite3.connect(path, timeout=30) as file:
        found = file.execute("PRAGMA integrity_check").fetchone()[0]
        check(found == "ok", found)
        stored = {row & (1 << 44) - 1 for row, in file.execute("SELECT row FROM collections")}
    missing = [seq for seq in old if seq not in stored]
    check(not missing, f"seen a second before the kill and lost: {missing[:9]}")
    return len(stored)


async def check_backfill(directory, seen):
    """From the first number on, a client is told of every one, once and in order."""
    with Daemon(directory=directory) as daemon:
        async with daemon.session(daemon.observer) as session:
            answer = await session.ask("stream.subscribe", heap="documents", topics=["collection"],
                                       after_seq=0)
            next_seq, given = 1, set()
            while next_seq <= answer["seq"]:
                event = session.events.pop(0) if session.events else await session.read()
                params = event["params"]
                first, last = (params["seq"], params["seq"]) if event["method"] == "collection" \
                    else (params["first_seq"], params["last_seq"])
                check(first == next_seq, f"{first} comes where {next_seq} should")
                if event["method"] == "collection":
                    given.add(first)
                next_seq = last + 1
    lost = [seq for seq in seen if seq not in given]
    check(not lost, f"stored and not given: {lost[:9]}")
    return len(given)


async def main(times):
    directory = tempfile.mkdtemp(prefix="ouro-soak-")
    chance = random.Random(4)
    last, old, count = 0, [], 0
    try:
        for turn in range(times):
            seen, killed = await run_and_kill(directory, chance.uniform(0.05, 2.5), last)
            check(seen[0][0] > last, f"{seen[0][0]} was used before: {last} was seen")
            last = seen[-1][0]
            count += len(seen)
            old += [seq for seq, when in seen if when < killed - 1]
            stored = check_file(directory, old)
            if turn % 10 == 9:
                print(f"{turn + 1} kills, {count} collections seen, {stored} stored", flush=True)
        given = await check_backfill(directory, old)
        print(f"{times} kills: {count} seen, {len(old)} of them a second before a kill, "
              f"none of those lost; {given} given to who came back")
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
