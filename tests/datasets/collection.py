"""A small collection in the form of UniPen, written for these tests."""

import io
import zipfile
from pathlib import Path

# Pieces: 0 down (3 points), 1 up, 2 down (2), 3 down (1). An empty one is not counted.
RECORDING = """\
.VERSION 1.0
.COORD T X Y
.COMMENT 5 6 7
.PEN_DOWN
0 10 100
1 20 90
.DT 10
2 30 80
.PEN_UP
3 31 79
.PEN_DOWN
.PEN_UP
.PEN_DOWN
4 40 70
5 50 60
.PEN_DOWN
6 60 50
.SEGMENT PAGE
7 1 1
"""
INDEX = """\
.INCLUDE lexicon/of/nothing.dat
.INCLUDE abc/one.dat
.SEGMENT CHARACTER 0 ? "7"
.SEGMENT   CHARACTER  0-2   ?   " 4 "
.SEGMENT CHARACTER 0:1-2:0,3 GOOD "1"
.SEGMENT CHARACTER 1 ? "2"
.SEGMENT CHARACTER 9 ? "3"
.SEGMENT CHARACTER 0 ? "A"
.SEGMENT CHARACTER 0, 2 ?"6"
  .SEGMENT CHARACTER 3 "0"
.COMMENT .SEGMENT CHARACTER 0 ? "9"
.SEGMENT CHARACTER 0 ? "12"
.SEGMENT CHARACTER 0 ?
"5"
.SEGMENT WORD 0 ? "12"
"""


def collection(folder: Path) -> Path:
    """Write the collection into a folder, and return it."""

    def write(path: str, text: str) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="latin-1")

    write("include/abc/one.dat", RECORDING)
    write("include/abc/two.dat", RECORDING.replace(".COORD T X Y", ".COORD Y T X"))
    write("data/1a/abcde/x/first.dat", INDEX)
    write("data/1a/abcde/x/second.dat", '.INCLUDE abc/two.dat\n.SEGMENT CHARACTER 3 ? "8"\n')
    write("data/1a/Xyz/lost.dat", '.INCLUDE xyz/none.dat\n.SEGMENT CHARACTER 0 ? "5"\n')
    for section in ("1b", "1c", "1d"):
        write(f"data/{section}/abc/x.dat", INDEX)
    return folder


def zipped(folder: Path) -> bytes:
    """The files of a folder as a zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder))
    return buffer.getvalue()
