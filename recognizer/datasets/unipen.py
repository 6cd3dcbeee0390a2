"""Read characters from the UniPen collection into a file of drawings.

python -m recognizer.datasets.unipen ARCHIVE_DIR -o pen-digits.npz            digits (section 1a)
python -m recognizer.datasets.unipen ARCHIVE_DIR -o pen-others.npz --others   letters and signs

UniPen train_r01_v07 is public: https://zenodo.org/records/1195803 (CC BY 4.0).
ARCHIVE_DIR is the unpacked folder that holds data/ and include/. An index file
under data/<section>/ names a recording under include/ and lists its segments,
each with the pieces of the pen's way that it owns and the character that they show.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.strokes import pack, save_strokes
from recognizer.errors import DatasetError, MissingDatasetError

DIGITS = frozenset("0123456789")
# Letters and signs that cannot be taken for a digit: no O, l, I, S, Z, g, q, …
OTHERS = frozenset("#$%&*+<=>?@AEFHKMNPRTWX^adefhkmnprtwx{}~")
DIGIT_SECTIONS = ("1a",)
OTHER_SECTIONS = ("1b", "1c", "1d")  # capitals, small letters, signs

PIECE_STARTS = (".PEN_DOWN", ".PEN_UP")
FAR = 1e7  # units of a tablet: what is not nearer is no coordinate

_CHARACTER = re.compile(r"\s*\.SEGMENT\s+CHARACTER\s")
# level, pieces, quality ("?" or a word, or none), label
_SEGMENT = re.compile(r'\s*\.SEGMENT\s+CHARACTER\s+([\d:,\-\s]+?)\s*(?:\?|\w+)?\s*"\s*(\S)\s*"')
_PIECE = re.compile(r"(\d+)(?::(\d+))?", re.ASCII)

Points = NDArray[np.float32]  # (n, 2), x to the right, y down


@dataclass(frozen=True, eq=False)
class Piece:
    """What the pen did between two of its moves up or down."""

    down: bool
    points: Points


@dataclass(frozen=True, eq=False)
class Character:
    """One segment: what was drawn, by whom ("institution-number"), and its strokes."""

    label: str
    writer: str
    strokes: list[Points]


def main(arguments: list[str] | None = None) -> int:
    args = parse(arguments)
    try:
        skipped: Counter[str] = Counter()
        found = read_characters(args.archive, digits=not args.others, skipped=skipped)
        save(args.output, found, digits=not args.others)
    except (DatasetError, OSError) as error:
        print(f"unipen: {error}", file=sys.stderr)
        return 1
    print(f"{args.output}: {len(found):,} drawings of {_institutions(found)}")
    for reason, number in skipped.items():
        print(f"skipped, {reason}: {number:,}")
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("archive", type=Path, help="the unpacked collection")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the npz file to write")
    parser.add_argument("--others", action="store_true", help="letters and signs, not digits")
    return parser.parse_args(arguments)


def save(path: Path, characters: list[Character], *, digits: bool) -> None:
    """Write characters to a file of drawings, digits labeled as numbers."""
    labels = np.array([c.label for c in characters])
    drawings = pack(
        [c.strokes for c in characters],
        labels.astype(np.uint8) if digits else labels,
        [c.writer for c in characters],
    )
    save_strokes(path, drawings)


def _institutions(characters: list[Character]) -> str:
    return ", ".join(sorted({c.writer[:3] for c in characters}))


def read_characters(archive: Path, *, digits: bool, skipped: Counter[str]) -> list[Character]:
    """Read all isolated digits, or letters and signs that cannot be taken for one.

    Raises:
        MissingDatasetError: There are none.
    """
    sections, wanted = (DIGIT_SECTIONS, DIGITS) if digits else (OTHER_SECTIONS, OTHERS)
    found = [each for each in read_sections(archive, sections, skipped) if each.label in wanted]
    if not found:
        raise MissingDatasetError(f"No such characters in {archive}; nothing was written.")
    return found


def read_sections(
    archive: Path, sections: Sequence[str], skipped: Counter[str]
) -> Iterator[Character]:
    """Read every character of some sections, by the names of their index files.

    Args:
        archive: The folder that holds data/ and include/.
        sections: "1a" for isolated digits.
        skipped: Counts, by reason, what cannot be read; the rest is read all the same.

    Raises:
        MissingDatasetError: There is no such section.
    """
    numbers: dict[tuple[str, Path], int] = {}  # of each recording, from 1 for each institution
    for institution, index in _index_files(archive, sections):
        text = index.read_text(encoding="latin-1")
        recording = _recording(archive, text)
        if recording is None:
            skipped["no recording"] += sum(map(bool, map(_CHARACTER.match, text.splitlines())))
            continue
        known = sum(1 for of, _ in numbers if of == institution)
        number = numbers.setdefault((institution, recording), known + 1)
        yield from _characters(text, read_pieces(recording), f"{institution}-{number}", skipped)


def _index_files(archive: Path, sections: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """The institution, and the path, of every index file."""
    for section in sections:
        folder = archive / "data" / section
        if not (folder.is_dir() and (archive / "include").is_dir()):
            raise MissingDatasetError(
                f"{archive} does not hold data/{section} and include/. Name the folder that the "
                "UniPen archive was unpacked into (https://zenodo.org/records/1195803)."
            )
        for index in sorted(folder.rglob("*.dat")):
            yield index.relative_to(folder).parts[0][:3].lower(), index


def _recording(archive: Path, index: str) -> Path | None:
    """The file that the last .INCLUDE of an index names, if it is there."""
    names = re.findall(r"^\s*\.INCLUDE\s+(\S+)", index, re.MULTILINE)
    path = archive / "include" / names[-1] if names else None
    return path if path is not None and path.is_file() else None


def _characters(
    index: str, pieces: tuple[Piece, ...], writer: str, skipped: Counter[str]
) -> Iterator[Character]:
    for line in filter(_CHARACTER.match, index.splitlines()):
        segment = _SEGMENT.match(line)
        if segment is None:
            skipped["no label of one character"] += 1
            continue
        where, label = segment.groups()
        try:
            strokes = strokes_of("".join(where.split()), pieces)
        except (ValueError, IndexError):
            skipped["pieces that are not in the recording"] += 1
            continue
        if strokes:
            yield Character(label, writer, strokes)
        else:
            skipped["no stroke"] += 1


def strokes_of(where: str, pieces: tuple[Piece, ...]) -> list[Points]:
    """The strokes that a segment owns: "5", "5-7" or "5:2-7:30" (piece:point), with commas.

    Raises:
        ValueError: It is written in another way.
        IndexError: A piece or point is not there.
    """
    return [stroke for part in where.split(",") for stroke in _strokes(part, pieces)]


def _strokes(part: str, pieces: tuple[Piece, ...]) -> Iterator[Points]:
    ends = [_PIECE.fullmatch(end) for end in part.split("-")]
    first, last = ends[0], ends[-1]
    if first is None or last is None or len(ends) > 2 or int(first[1]) > int(last[1]):
        raise ValueError(f"{part!r} names no pieces")
    for number in range(int(first[1]), int(last[1]) + 1):
        points = pieces[number].points
        start = int(first[2] or 0) if number == int(first[1]) else 0
        stop = int(last[2]) + 1 if last[2] and number == int(last[1]) else len(points)
        if start >= stop or stop > len(points):
            raise IndexError(f"piece {number} has no points {start} to {stop - 1}")
        if pieces[number].down:
            yield points[start:stop]


@lru_cache(maxsize=8)  # several index files name one recording, one after the other
def read_pieces(recording: Path) -> tuple[Piece, ...]:
    """Read a recording's pieces, pen down and pen up alike, without the empty ones.

    Lines among the points that are no points are skipped.
    """
    columns = (0, 1)
    found: list[tuple[bool, list[list[float]]]] = []
    inside = False
    for line in recording.read_text(encoding="latin-1").splitlines():
        words = line.split()
        keyword = words[0] if words and words[0].startswith(".") else ""
        if keyword == ".COORD" and {"X", "Y"} <= set(words):
            columns = (words.index("X") - 1, words.index("Y") - 1)
        if keyword in PIECE_STARTS:
            found.append((keyword == ".PEN_DOWN", []))
        if keyword:
            # A time stamp stands among the points; any other keyword ends them.
            inside = keyword in PIECE_STARTS or (inside and keyword == ".DT")
        elif inside:
            found[-1][1].extend(_point(words, columns))
    flip = np.array([1, -1], dtype=np.float32)  # y runs upwards in the collection
    return tuple(
        Piece(down, np.array(points, dtype=np.float32) * flip) for down, points in found if points
    )


def _point(words: list[str], columns: tuple[int, int]) -> list[list[float]]:
    """The point of a line, or nothing where the line holds none."""
    try:
        point = [float(words[column]) for column in columns]
    except (ValueError, IndexError):
        return []
    return [point] if all(abs(value) < FAR for value in point) else []


if __name__ == "__main__":
    sys.exit(main())
