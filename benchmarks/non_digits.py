"""How many letters and signs are called a digit: a table, a row for each kind.

python -m benchmarks.non_digits           of the active model
python -m benchmarks.non_digits sgd-cnn   of another one

The drawings, tests/data/non_digits.json, were made for this table alone: nothing is trained or
chosen on them. Each kind is drawn twelve times, as strokes with a pen of 20 pixels.
"""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

from recognizer import Drawing, Reading, Recognizer

FILE = Path(__file__).resolve().parents[1] / "tests" / "data" / "non_digits.json"


def main() -> None:
    recognizer = Recognizer.load(*sys.argv[1:2])
    print(f"| drawn | called a digit by `{recognizer.name}` | which |\n| --- | ---: | --- |")
    readings = read(recognizer)
    for kind, found in readings.items():
        print(_row(kind, found))
    print(_row("all", [each for found in readings.values() for each in found]))


def read(recognizer: Recognizer) -> dict[str, list[Reading]]:
    """The readings of all drawings, by what was drawn."""
    drawings = json.loads(FILE.read_text())
    readings = recognizer.read_many(Drawing.from_strokes(each["strokes"]) for each in drawings)
    by_kind = defaultdict(list)
    for each, reading in zip(drawings, readings, strict=True):
        by_kind[each["kind"]].append(reading)
    return by_kind


def _row(kind: str, readings: list[Reading]) -> str:
    digits = Counter(each.digit for each in readings if each.status == "digit")
    which = ", ".join(f"{digit} ({count})" for digit, count in digits.most_common())
    return f"| {kind} | {digits.total()} of {len(readings)} | {which} |"


if __name__ == "__main__":
    main()
