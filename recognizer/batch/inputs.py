"""What kind of input a path is."""

from __future__ import annotations

from pathlib import Path

from recognizer.batch.folder_input import FolderInput, files_in
from recognizer.batch.lines_input import LinesInput
from recognizer.batch.npz_input import NpzInput
from recognizer.batch.parquet_input import ParquetInput
from recognizer.batch.records import Source
from recognizer.errors import DatasetError, MissingDatasetError

LINES = (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz")
KINDS = """Give one of these:
- a file of drawings or of images, .npz
- drawings of Quick, Draw!, raw or simplified, .ndjson or .ndjson.gz
- a .parquet file with a column of strokes or of pictures, or a folder of such files
- a folder of pictures: PNG, JPEG or WebP"""


def open_input(path: Path, photos: bool | None = None) -> Source:
    """Find out what an input is.

    Args:
        path: A file or a folder.
        photos: Whether pictures are photographs of paper; None: those of a folder are.

    Raises:
        DatasetError: There is no such input, or it is not of a kind that can be read.
    """
    if not path.exists():
        raise MissingDatasetError(f"There is no file or folder {path}. Check its name.")
    path = path.resolve()
    if path.is_dir():
        return _folder(path, photos)
    if path.name.endswith(".npz"):
        return NpzInput(path)
    if path.name.endswith(LINES):
        return LinesInput(path)
    if path.suffix == ".parquet":
        return ParquetInput.of(path, [path], photo=bool(photos))
    raise DatasetError(f"{path} is of no kind that can be read. {KINDS}")


def _folder(path: Path, photos: bool | None) -> Source:
    # Names that start with a dot or a line are not data, as in Spark and Arrow.
    found = (each for each in path.rglob("*.parquet") if not each.name.startswith((".", "_")))
    if files := sorted(found):
        return ParquetInput.of(path, files, photo=bool(photos))
    if next(files_in(path), None):
        return FolderInput(path, photo=photos is not False)
    raise DatasetError(f"There is nothing in the folder {path} that can be read. {KINDS}")
