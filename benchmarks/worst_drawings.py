"""What the worst drawings cost that are let in: a table of seconds and memory.

python -m benchmarks.worst_drawings            the dearest of them
python -m benchmarks.worst_drawings noise      all with this word in their name

No drawing may take more than a second or 300 MB, made and read in any of the ways there are:
tests/models/test_budget.py says so of each. The seconds are those of a core; memory is measured
on Linux alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer import Drawing, Recognizer
from recognizer.drawings import gate
from recognizer.errors import DrawingError

MEGABYTE = 2**20
DEAREST = 10  # rows of the table
Make = Callable[[], Drawing]


@dataclass(frozen=True)
class Cost:
    """What some work took: seconds of a core, and megabytes."""

    seconds: float
    megabytes: float


def strokes() -> Iterator[tuple[str, Make]]:
    """Drawings of strokes that take long for one reason or another."""
    points, most = gate.MOST_POINTS, gate.MOST_STROKES
    rng = np.random.default_rng(0)

    def scribbles(count: int, width: float, height: float, apart: float) -> Make:
        """Points anywhere in a box, in strokes side by side."""
        some = rng.uniform(0, (width, height), (count, points // count, 2))
        some[..., 0] += np.arange(count)[:, np.newaxis] * apart
        return lambda: Drawing.from_strokes(some)

    yield "one scribble", scribbles(1, 300, 300, 0)
    yield "one wide scribble", scribbles(1, 3000, 100, 0)
    yield "scribbles over each other", scribbles(60, 300, 300, 0)
    yield "scribbles side by side", scribbles(60, 80, 100, 100)
    yield "scribbles that overlap", scribbles(60, 80, 100, 30)
    yield "wide scribbles side by side", scribbles(8, 300, 100, 320)
    yield "short strokes", scribbles(most, 300, 300, 0)
    yield "small strokes", scribbles(most, 3, 3, 5)
    for count in (most, 60, 30, 12):
        dots = rng.uniform(0, 300, (count, 1, 2))
        yield f"{count:,} dots", partial(Drawing.from_strokes, dots)
    for lines in (most, 500, 60):
        few = max(most // lines, 1)
        flat = np.array([[[0, 0], [30, 4]]]) + np.zeros((lines * few, 1, 1))
        flat[..., 0] += np.tile(np.arange(few) * 25, lines)[:, np.newaxis]
        flat[..., 1] += np.repeat(np.arange(lines) * 20, few)[:, np.newaxis]
        yield f"{lines:,} lines of strokes", partial(Drawing.from_strokes, flat)
    zigzag = np.stack([np.arange(points), np.arange(points) % 2 * 300], axis=1)
    yield "a zigzag", lambda: Drawing.from_strokes([zigzag])
    yield "a dense zigzag", lambda: Drawing.from_strokes([zigzag * [0.003, 1]])
    around = np.linspace(0, 2000, points)
    spiral = np.stack([np.cos(around), np.sin(around)], axis=1) * around[:, np.newaxis]
    yield "a spiral", lambda: Drawing.from_strokes([spiral])
    yield "a spiral, far away", lambda: Drawing.from_strokes([spiral * 400_000])
    yield "a spiral with a thin pen", lambda: Drawing.from_strokes([spiral], 1e-6)


def messages() -> Iterator[tuple[str, Make]]:
    """What a canvas may send."""
    most = gate.MOST_POINTS // 6  # each command may be a curve of six points
    rng = np.random.default_rng(1)
    place = {"type": "path", "left": 0, "top": 0}
    curves = [["M", 0, 0], *(["Q", *each] for each in rng.uniform(0, 300, (most - 1, 4)).tolist())]
    yield "curves", lambda: Drawing.from_canvas({"objects": [place | {"path": curves}]})
    short = [
        place | {"path": [["M", 0, 0], ["L", *each]]} for each in rng.uniform(0, 300, (5000, 2))
    ]
    yield "paths", lambda: Drawing.from_canvas({"objects": short})
    yield "paths, too many", lambda: Drawing.from_canvas({"objects": short * 100})
    yield "empty lists", lambda: Drawing.from_canvas({"objects": [[]] * 8_000_000})


def pictures() -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Pictures of all sizes."""
    rng = np.random.default_rng(2)

    def noise(height: int, width: int) -> NDArray[np.uint8]:
        return rng.integers(0, 256, (height, width), dtype=np.uint8)

    def specks(height: int, width: int, share: float, size: int = 1) -> NDArray[np.uint8]:
        some = rng.random((height // size, width // size)) < share
        return np.kron(some, np.ones((size, size))).astype(np.uint8) * np.uint8(255)

    for height, width in ((280, 280), (1000, 1000), (4800, 5000), (20_000, 1200), (1200, 20_000)):
        yield f"noise {height}×{width}", noise(height, width)
    for height, width in ((3, 20_000), (20_000, 3), (1, 20_000), (40, 20_000), (20_000, 40)):
        yield f"noise {height}×{width}", noise(height, width)
    for share in (0.02, 0.3, 0.5, 0.98):
        yield f"specks {share:.0%}", specks(4800, 5000, share)
    for size in (3, 10, 40, 100):
        yield f"specks of {size} px", specks(4800, 5000, 0.2, size)
    for height in (40, 120, 400):
        yield f"a band of specks, {height} px high", specks(height, 11 * height, 0.5, height // 40)
    y, x = np.mgrid[:4800, :5000]
    for name, where in {
        "checkered": (x + y) % 2,
        "squared": (x % 40 < 2) | (y % 40 < 2),
        "ruled": y % 40 < 2,
        "columns": x % 40 < 3,
        "rings": np.hypot(x - 2500, y - 2400) % 60 < 8,
        "one line": y == 2400,
        "a diagonal": x == y,
        "black but for a pixel": (x != 2500) | (y != 2400),
        "a comb": (x % 20 < 10) | (y < 20),
        "blank": x < 0,
    }.items():
        yield name, where.astype(np.uint8) * np.uint8(255)
    yield "a ramp", (x * 255 // 5000).astype(np.uint8)
    yield "colored noise", rng.integers(0, 256, (4800, 5000, 3), dtype=np.uint8)
    yield "transparent noise", rng.integers(0, 256, (4800, 5000, 4), dtype=np.uint8)
    for times, name in ((1.5, "small"), (4.0, "large"), (20.0, "huge")):
        yield f"{name} digits", _page(times)


def _page(size: float) -> NDArray[np.uint8]:
    """A page that is full of digits."""
    page = np.full((4800, 5000), 255, dtype=np.uint8)
    step = int(size * 40)
    for row in range(step, 4800, step):
        for at, column in enumerate(range(0, 5000 - step, step)):
            where = (column, row)
            cv2.putText(page, str(at % 10), where, 0, size, 0, max(int(3 * size), 1))
    return page


def cases() -> Iterator[tuple[str, Make]]:
    """All of the worst drawings, each by its name."""
    yield from strokes()
    yield from messages()
    for name, picture in pictures():
        yield f"picture: {name}", partial(Drawing.from_image, picture)
        if picture.ndim == 2 or picture.shape[2] == 3:
            yield f"photograph: {name}", partial(Drawing.from_photo, picture)


def cost(work: Callable[[], object]) -> Cost:
    """What some work takes: seconds, and megabytes at its largest."""
    before = _memory("VmRSS", reset=True)
    start = time.process_time()
    work()
    return Cost(time.process_time() - start, _memory("VmHWM") - before)


def _memory(key: str, *, reset: bool = False) -> float:
    """Megabytes of this process as Linux counts them, 0 elsewhere."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    if reset:  # the largest so far
        Path("/proc/self/clear_refs").write_text("5")
    line = next(each for each in status.read_text().splitlines() if each.startswith(key))
    return int(line.split()[1]) * 1024 / MEGABYTE


def costs(make: Make, recognizer: Recognizer) -> dict[str, Cost]:
    """What it takes to make a drawing, and to read it in each way."""
    made: list[Drawing] = []

    def accepted() -> None:
        try:
            made.append(make())
        except DrawingError:
            return

    found = {"made": cost(accepted)}
    for drawing in made:
        found["one digit"] = cost(partial(recognizer.read, drawing))
        found["a number"] = cost(partial(recognizer.read_number, drawing))
    return found


def main() -> None:
    recognizer = Recognizer.load()
    recognizer.read_number(Drawing.from_strokes([[[0, 0], [9, 9]]]))
    found = {
        name: costs(make, recognizer)
        for name, make in cases()
        if all(word in name for word in sys.argv[1:])
    }
    dearest = sorted(found, key=lambda name: -max(each.seconds for each in found[name].values()))
    print("| drawing | made | one digit | a number | memory |\n| --- | ---: | ---: | ---: | ---: |")
    for name in dearest if sys.argv[1:] else dearest[:DEAREST]:
        print(_row(name, found[name]))
    refused = sum(len(ways) == 1 for ways in found.values())
    print(f"\nThese are the dearest of {len(found)}, of which {refused} are refused.")


def _row(name: str, ways: dict[str, Cost]) -> str:
    seconds = [
        f"{ways[way].seconds:.2f} s" if way in ways else "refused"
        for way in ("made", "one digit", "a number")
    ]
    memory = max(each.megabytes for each in ways.values())
    return f"| {name} | {' | '.join(seconds)} | {memory:.0f} MB |"


if __name__ == "__main__":
    main()
