"""How fast many drawings are read, here and on a cluster, and in how much memory: one table.

python -m benchmarks.batch                        200,000 drawings, and a million for the memory
python -m benchmarks.batch 20000 --memory 100000  fewer

The drawings are those of PEN_DIGITS again and again, each a little different. The command
`python -m recognizer.batch` is timed as a whole, with its start. The cluster has two nodes on this
machine, with a core each (needs requirements-cluster.txt). Close other programs first.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import numpy as np
import psutil
from numpy.typing import NDArray

from recognizer.datasets.strokes import StrokeDataset, load_strokes
from tests.clusters import cluster

DRAWINGS, FEW, MANY = 200_000, 10_000, 1_000_000
PROJECTED = 100_000_000
JITTER = 0.01  # of the longer side of a drawing
EVERY = 0.1  # seconds between two looks at the memory


def main(drawings: int, many: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("| what | figure | target |\n| --- | ---: | ---: |")
        path = write(folder / "drawings.npz", drawings)
        ways = {"1": ["--processes", "1"], "2": ["--processes", "2"]}
        times = best_times(path, ways, rounds)
        with cluster() as started:  # an idle one takes its share of the cores, too
            settle()
            times |= best_times(path, {"cluster": ["--cluster", started.address]}, rounds)
        report_times(drawings, times)
        few = write(folder / "few.npz", FEW)
        many_path = write(folder / "many.npz", many)
        peaks = {number: peak(each) for number, each in ((FEW, few), (many, many_path))}
    for number, (parent, worker) in peaks.items():
        row(f"peak memory at {number:,} drawings: the process that reads the input", mb(parent))
        row(f"peak memory at {number:,} drawings: a process that reads drawings", mb(worker))


def report_times(drawings: int, times: dict[str, float]) -> None:
    for name, what in (
        ("1", "1 process"),
        ("2", "2 processes"),
        ("cluster", "a cluster of two nodes with a core each"),
    ):
        row(f"{drawings:,} drawings, {what}", f"{drawings / times[name]:,.0f} per second")
    row("2 processes / 1 process", f"{times['1'] / times['2']:.2f}", "1.80")
    row("cluster / 2 processes", f"{times['2'] / times['cluster']:.2f}", "0.85")
    for name, what in (("2", "2 processes"), ("cluster", "the cluster")):
        hours = PROJECTED / drawings * times[name] / 3600
        row(f"projected for {PROJECTED:,} drawings, {what}", f"{hours:.1f} hours")


def row(what: str, figure: str, target: str = "") -> None:
    print(f"| {what} | {figure} | {target} |", flush=True)


def mb(size: float) -> str:
    return f"{size / 1e6:.0f} MB"


# The input


def write(path: Path, number: int) -> Path:
    """Write a file of so many drawings, a little at a time."""
    source = load_strokes(Path(os.environ["PEN_DIGITS"]))
    rounds = [min(len(source), number - first) for first in range(0, number, len(source))]
    parts = [source.subset(np.arange(len(source)) < each) for each in (rounds[0], rounds[-1])]
    of_round = [parts[0]] * (len(rounds) - 1) + [parts[1]]
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("stroke_offsets", "drawing_offsets"):
            with array(
                archive, name, (1 + sum(len(getattr(p, name)) - 1 for p in of_round),)
            ) as file:
                file.write(np.zeros(1, np.int64).tobytes())
                before = 0
                for part in of_round:
                    offsets = getattr(part, name).astype(np.int64)
                    file.write((offsets[1:] + before).tobytes())
                    before += offsets[-1]
        rng = np.random.default_rng(0)
        with array(archive, "xy", (sum(len(part.xy) for part in of_round), 2), "<f4") as file:
            for part in of_round:
                noise = rng.normal(0, JITTER, part.xy.shape) * sides(part)[:, np.newaxis]
                file.write((part.xy + noise).astype("<f4").tobytes())
    return path


@contextmanager
def array(
    archive: zipfile.ZipFile, name: str, shape: tuple[int, ...], kind: str = "<i8"
) -> Iterator[IO[bytes]]:
    """An array of a given shape in an npz file, to be written."""
    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        header = {"descr": kind, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        yield file


def sides(source: StrokeDataset) -> NDArray[np.float64]:
    """Of each point, the longer side of the drawing that it is in."""
    starts = source.stroke_offsets[source.drawing_offsets]
    high = np.maximum.reduceat(source.xy, starts[:-1])
    low = np.minimum.reduceat(source.xy, starts[:-1])
    return np.repeat((high - low).max(axis=1), np.diff(starts))


# The runs


def best_times(path: Path, ways: dict[str, list[str]], rounds: int) -> dict[str, float]:
    """The least seconds of each way; they take turns, because the speed of a machine varies."""
    times: dict[str, float] = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, options in ways.items():
            times[name] = min(times[name], seconds_of(path, options))
    return times


def settle() -> None:
    """Wait until a cluster that was just started is idle; its processes take seconds to start."""
    quiet = 0
    while quiet < 3:
        quiet = quiet + 1 if psutil.cpu_percent(interval=1) < 10 else 0


def seconds_of(path: Path, options: list[str]) -> float:
    start = time.monotonic()
    with command(path, options) as process:
        process.wait()
    return time.monotonic() - start


@contextmanager
def command(path: Path, options: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """The command, which has to end well."""
    out = path.parent / "out"
    arguments = [sys.executable, "-m", "recognizer.batch", str(path), "-o", str(out), *options]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as process:
        yield process
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}.")
    shutil.rmtree(out)


def peak(path: Path) -> tuple[int, int]:
    """The most memory of the process that reads the input, and of one that reads drawings."""
    peaks: dict[int, int] = {}
    with command(path, ["--processes", "2"]) as process:
        watch = threading.Thread(target=look, args=(process, peaks))
        watch.start()
        process.wait()
        watch.join()
    return peaks.pop(process.pid), max(peaks.values())


def look(process: subprocess.Popen[bytes], peaks: dict[int, int]) -> None:
    while process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(process.pid)
            for each in (parent, *parent.children()):
                peaks[each.pid] = max(peaks.get(each.pid, 0), each.memory_info().rss)
        time.sleep(EVERY)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("drawings", nargs="?", type=int, default=DRAWINGS)
    parser.add_argument("--memory", type=int, default=MANY, help="drawings for the memory")
    parser.add_argument("--rounds", type=int, default=1, help="of which the fastest counts")
    args = parser.parse_args()
    main(args.drawings, args.memory, args.rounds)
