"""Fifty visitors at the same time: how long each waits, whose answer they get, what they leave.

python -m benchmarks.visitors [VISITORS] [SECONDS] [--rounds ROUNDS] [--every SECONDS]
python -m benchmarks.visitors 10 60 --rounds 1 --scribblers 1     with one who means harm

Half of them draw, each every 2 seconds; half study models on the dashboards, and change something
every 5 seconds. In each round they come, stay and leave,
and three minutes later the memory of the server is compared with that before they came. They
run on the machine of the server, and take some of its time. Close other programs first.
"""

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Sequence

import numpy as np
import psutil

from benchmarks.visiting import DASHBOARDS, Drawer, Reader, Scribbler, Visitor, visit_all
from recognizer import Recognizer
from tests.browser.driver import serve

VISITORS, SECONDS, ROUNDS = 50, 60, 3
FORGOTTEN = 180.0  # seconds after which a server has forgotten visitors that left


def visitors_of(count: int, recognizer: Recognizer) -> list[Visitor]:
    """So many visitors, every second one on the dashboards."""
    return [Reader(each) if each % 2 else Drawer(each, recognizer) for each in range(count)]


def server_at(address: str) -> psutil.Process:
    """The server that this process has started at an address."""
    port = address.rpartition(":")[2]
    children = psutil.Process().children(recursive=True)
    return next(each for each in children if f"--server.port={port}" in each.cmdline())


def processor_seconds(address: str) -> float:
    """The time of the processor that a server has used."""
    times = server_at(address).cpu_times()
    return float(times.user + times.system)


def look(address: str, recognizer: Recognizer) -> float:
    """One visitor comes, upon which the server forgets those who left; return its memory."""
    asyncio.run(visit_all(address, [Drawer(0, recognizer)], 1))
    return float(server_at(address).memory_info().rss / 1e6)


def warm_up(address: str, recognizer: Recognizer) -> None:
    """Have one visitor see everything, so that all is imported and loaded that there is."""
    asyncio.run(visit_all(address, [Thorough(0)], 1))


class Thorough(Reader):
    """Opens every dashboard about every model."""

    async def act(self, _: np.random.Generator) -> None:
        """See everything, once."""
        for page in DASHBOARDS:
            await self.open(page)
            for model in self.models:
                await self.choose(model)


def row(what: str, figure: str) -> None:
    print(f"| {what} | {figure} |")


def show_waits(what: str, visitors: Sequence[Visitor]) -> None:
    waits = [1000 * second for visitor in visitors for second in visitor.seconds]
    median, high = np.percentile(waits, [50, 95])
    row(f"{what}: answers", f"{len(waits):,}")
    row(f"{what}: median", f"{median:,.0f} ms")
    row(f"{what}: 95th percentile", f"{high:,.0f} ms")
    row(f"{what}: longest", f"{max(waits):,.0f} ms")
    row(f"{what}: answers lost", f"{sum(visitor.lost for visitor in visitors)}")
    row(f"{what}: answers to something else", f"{sum(visitor.wrong for visitor in visitors)}")


def main(count: int, seconds: float, rounds: int, scribblers: int) -> None:
    recognizer = Recognizer.load()
    visitors, others, memory = list[Visitor](), list[Visitor](), list[float]()
    busy, loads = list[float](), list[float]()
    with serve() as address:
        warm_up(address, recognizer)
        memory.append(look(address, recognizer))
        for _ in range(rounds):
            came = visitors_of(count, recognizer)
            before = processor_seconds(address)
            harmful = [Scribbler(each, recognizer) for each in range(scribblers)]
            asyncio.run(visit_all(address, [*came, *harmful], seconds))
            busy.append((processor_seconds(address) - before) / seconds)
            loads.append(os.getloadavg()[0])
            time.sleep(FORGOTTEN)
            memory.append(look(address, recognizer))
            visitors += came
            others += harmful
    print("| what | figure |\n| --- | ---: |")
    show_waits("drawing", [each for each in visitors if isinstance(each, Drawer)])
    show_waits("dashboards", [each for each in visitors if isinstance(each, Reader)])
    if others:
        show_waits("scribbling", others)
    row("the server keeps busy", f"{statistics.mean(busy):.2f} cores")
    row("load average of the machine", f"{statistics.mean(loads):.1f}")
    row("memory of the server before they came", f"{memory[0]:.0f} MB")
    for number, figure in enumerate(memory[1:], start=1):
        row(f"memory when those of round {number} had left", f"{figure:.0f} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("visitors", nargs="?", type=int, default=VISITORS)
    parser.add_argument("seconds", nargs="?", type=float, default=SECONDS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--every", type=float, default=Reader.every, help="on dashboards, seconds")
    parser.add_argument("--scribblers", type=int, default=0, help="who send the worst drawings")
    args = parser.parse_args()
    Reader.every = args.every
    main(args.visitors, args.seconds, args.rounds, args.scribblers)
