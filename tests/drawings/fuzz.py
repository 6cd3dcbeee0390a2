"""Fuzzing: whatever comes in is a drawing that can be read, or one documented error.

python -m tests.drawings.fuzz [CASES]      25,000 of each way in by default

What fails is shown as small as it can be made, and ends the run. The table says how many
drawings were made and refused, and what the slowest took, made and read.
"""

import sys
import time
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings

from recognizer import Recognizer
from tests.drawings.ways_in import WAYS, Call, made, read

CASES = 100_000


@dataclass
class Tally:
    """What became of the cases."""

    drawings: int = 0
    refused: int = 0
    slowest: float = 0.0  # seconds of a core

    def take(self, call: Call, recognizer: Recognizer) -> None:
        began = time.process_time()
        drawing = made(call)
        if drawing:
            read(drawing, recognizer)
        self.slowest = max(self.slowest, time.process_time() - began)
        self.drawings += drawing is not None
        self.refused += drawing is None


def run(way: str, cases: int, recognizer: Recognizer) -> Tally:
    """Try cases of one way in; raises what any of them raises."""
    tally = Tally()

    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(WAYS[way])
    def attempt(call: Call) -> None:
        tally.take(call, recognizer)

    attempt()
    return tally


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    recognizer = Recognizer.load()
    print("| way in | drawings | refused | the slowest |\n| --- | ---: | ---: | ---: |")
    for way in WAYS:
        tally = run(way, cases // len(WAYS), recognizer)
        print(
            f"| {way} | {tally.drawings:,} | {tally.refused:,} | {tally.slowest:.2f} s |",
            flush=True,
        )


if __name__ == "__main__":
    main()
