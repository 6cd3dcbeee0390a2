"""How much a model learns from a few hundred kept drawings, and what it forgets: a table.

python -m benchmarks.learning                  hands that nothing was chosen on
python -m benchmarks.learning --development    those that the settings were chosen on
python -m benchmarks.learning --without-drawings --seed 1

Each hand is a writer of PEN_DIGITS, or all those of one institution, whose digits are changed so
that robust-cnn misreads many. It learns from 20 drawings of each digit, and reads 30 others. The
writer is left out of what it repeats. Takes two minutes a hand; needs MNIST, PEN_DIGITS and
PEN_OTHERS.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recognizer.collection.records import KeptDrawing
from recognizer.datasets.mnist import load_mnist
from recognizer.datasets.pen_files import find_drawings
from recognizer.datasets.strokes import DrawingDataset
from recognizer.drawings.arrays import Points
from recognizer.drawings.curves import interpolated
from recognizer.errors import TrainingError
from recognizer.models import learned, registry
from recognizer.models.drawing_benchmark import TYPICAL
from recognizer.training.learning import learn
from recognizer.training.negatives import DOODLES

LEARNED, READ = 20, 30  # drawings of each digit
MEASURES = (learned.KEPT, learned.TEST, learned.PEN, learned.NON_DIGITS)

Shape = list[list[tuple[float, float]]]  # the corners of its strokes
Strokes = list[Points]
Change = Callable[[Strokes, int, np.random.Generator], Strokes]


def mirror(strokes: Strokes, _: int, __: np.random.Generator) -> Strokes:
    return [stroke * [-1, 1] for stroke in strokes]


def leaning(degrees: float) -> Change:
    """To the right; to the left where it is negative."""
    shear = np.array([[1, 0], [-np.tan(np.radians(degrees)), 1]])
    return lambda strokes, _, __: [stroke @ shear for stroke in strokes]


def double(strokes: Strokes, _: int, __: np.random.Generator) -> Strokes:
    """Each stroke twice, the second one beside the first."""
    beside = np.array([0.22, 0.1]) * np.ptp(np.concatenate(strokes), axis=0).max()
    return [*strokes, *(stroke + beside for stroke in strokes)]


def signs(shapes: dict[int, Shape]) -> Change:
    """A sign of the writer's own for some digits, drawn a little differently each time."""

    def change(strokes: Strokes, label: int, rng: np.random.Generator) -> Strokes:
        if label not in shapes:
            return strokes
        stretch = np.exp(rng.normal(0, 0.12, 2))
        return [_by_hand(np.array(shape), rng) * stretch for shape in shapes[label]]

    return change


def _by_hand(corners: Points, rng: np.random.Generator) -> Points:
    corners = corners + rng.normal(0, 0.05, corners.shape)
    at = np.linspace(0, len(corners) - 1, 12 * len(corners))
    return interpolated(corners, np.arange(len(corners)), at)


ROUND: list[tuple[float, float]] = [
    (0.5 + 0.5 * np.cos(a), 0.5 + 0.5 * np.sin(a)) for a in np.linspace(0, 6.3, 24).tolist()
]
CROSSED: dict[int, Shape] = {
    4: DOODLES["plus"],
    0: [ROUND, [(0.12, 0.12), (0.88, 0.88)], [(0.88, 0.12), (0.12, 0.88)]],
}
BARS: dict[int, Shape] = {3: [[(0, y), (1, y)] for y in (0, 0.5, 1)], 5: DOODLES["star"]}
ROOF: dict[int, Shape] = {8: DOODLES["triangle"], 2: [[(0, 0), (0, 1), (1, 1), (1, 0)]]}


@dataclass(frozen=True)
class Hand:
    """Whose digits, by the beginnings of their names in the file, and how they are changed."""

    writers: tuple[str, ...]
    change: Change


FINAL = {
    "mirrored, syn-099": Hand(("syn-099",), mirror),
    "mirrored, val": Hand(("val",), mirror),
    "leaning right, val": Hand(("val",), leaning(45)),
    "leaning left, ced": Hand(("ced",), leaning(-45)),
    "leaning far right, syn-099": Hand(("syn-099",), leaning(60)),
    "leaning far left, val": Hand(("val",), leaning(-60)),
    "+ for 4, crossed 0, val": Hand(("val",), signs(CROSSED)),
    "triangle for 8, box for 2, syn-099": Hand(("syn-099",), signs(ROOF)),
    "every line double, val": Hand(("val",), double),
}
DEVELOPMENT = {
    "mirrored, syn-102": Hand(("syn-102",), mirror),
    "mirrored, ibm": Hand(("ibm",), mirror),
    "leaning right, ibm": Hand(("ibm",), leaning(45)),
    "leaning far right, ibm": Hand(("ibm",), leaning(60)),
    "leaning far left, syn-105": Hand(("syn-105",), leaning(-60)),
    "+ for 4, crossed 0, syn-105": Hand(("syn-105",), signs(CROSSED)),
    "bars for 3, star for 5, syn-105": Hand(("syn-105",), signs(BARS)),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--development", action="store_true")
    parser.add_argument("--without-drawings", action="store_true", help="replay.npz instead")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start-from", default=registry.DEFAULT_MODEL)
    parser.add_argument("--hand", help=argparse.SUPPRESS)  # one alone, in a process of its own
    args = parser.parse_args()
    if args.hand:
        learn_one(args)
        return
    print(
        "| hand | its errors | MNIST test images | pen drawings | non-digits | way | seconds |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    for name in DEVELOPMENT if args.development else FINAL:
        print(row(name), flush=True)


def row(name: str) -> str:
    """Learn from one hand in a process of its own, which imports all that it needs."""
    command = [sys.executable, "-m", "benchmarks.learning", *sys.argv[1:], "--hand", name]
    started = time.perf_counter()
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    seconds = time.perf_counter() - started
    found = json.loads(run.stdout.splitlines()[-1])
    return f"| {name} | {' | '.join(found)} | {seconds:.0f} |"


def learn_one(args: argparse.Namespace) -> None:
    """Learn from one hand, and print what came of it as the last line."""
    hand = (FINAL | DEVELOPMENT)[args.hand]
    start, drawings = registry.find_model(args.start_from), find_drawings()
    assert drawings, "Set PEN_DIGITS and PEN_OTHERS."
    kept, others = drawn_by(hand, drawings, args.seed), without(hand, drawings)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MODELS_DIR"] = folder
        try:
            model = learn(
                start,
                kept,
                "learned",
                data=load_mnist(),
                pen=None if args.without_drawings else others,
                seed=args.seed,
            )
        except TrainingError as error:
            print(json.dumps([str(error)]))
            return
        assert model.learned
        print(json.dumps(cells(model.learned)))


def cells(found: learned.Learned) -> list[str]:
    """The errors before and after of each of MEASURES; and how far the weights went."""
    counted = [found.measure(name) for name in MEASURES]
    texts = [
        f"{each.cases * (1 - each.before):.0f} → {each.cases * (1 - each.after):.0f} "
        f"of {each.cases:,}"
        if each
        else "–"
        for each in counted
    ]
    return [*texts, f"{found.interpolation:g} ({found.share:.3f})"]


def drawn_by(hand: Hand, drawings: DrawingDataset, seed: int) -> list[KeptDrawing]:
    """LEARNED drawings of each digit to learn from, and READ others held out."""
    rng = np.random.default_rng(seed)
    digits, count = drawings.digits, np.zeros(10, dtype=int)
    kept = []
    for index in rng.permutation(np.flatnonzero(_is_by(hand, digits.writers))):
        label = int(digits.labels[index])
        if count[label] < LEARNED + READ:
            strokes = [stroke.astype(np.float64) for stroke in digits.strokes(index)]
            changed = hand.change(strokes, label, rng)
            kept.append(_kept(changed, label, index, held_out=bool(count[label] >= LEARNED)))
            count[label] += 1
    return kept


def _kept(strokes: Strokes, label: int, number: int, *, held_out: bool) -> KeptDrawing:
    drawing = TYPICAL.draw([stroke.astype(np.float32) for stroke in strokes])
    return KeptDrawing(f"{number:032x}", drawing, label, "one", f"{number:064x}", held_out)


def without(hand: Hand, drawings: DrawingDataset) -> DrawingDataset:
    """The drawings of all others, those to check and to evaluate on included."""
    digits = drawings.digits
    return replace(drawings, digits=digits.subset(~_is_by(hand, digits.writers)))


def _is_by(hand: Hand, writers: NDArray[np.str_]) -> NDArray[np.bool_]:
    return np.any([np.char.startswith(writers, name) for name in hand.writers], axis=0)


if __name__ == "__main__":
    main()
