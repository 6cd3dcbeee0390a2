"""Files of a model folder, read within limits: anyone may have put them there.

Whatever is in such a file, reading it takes little time and memory. It gives its content, or a
ValueError or OSError with a short reason.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from recognizer.errors import ModelError

# Bytes that a file may have, several times what the largest one has.
JSON_BYTES = 500_000
TABLE_BYTES = 500_000
WEIGHTS_BYTES = 64_000_000
NUMBERS = WEIGHTS_BYTES // 4  # of a network, and of all that its layers make of an image
PREDICTIONS_BYTES = 8_000_000  # of an npz file, and of its arrays

SETTLED = 1.0  # seconds; a file that changes again sooner may have the same time of change

DEPTH = 20  # of JSON: lists and objects in each other
DIGITS = 18  # of a whole number, which then fits into 64 bits
TEXT = 10_000  # characters of a text
REASON = 200  # characters of what is wrong with a file


F = TypeVar("F", bound=Callable[..., Any])


def remembered(most: int) -> Callable[[F], F]:
    """Have a function read a file again only when it has changed; remember so many files.

    Pages read all folders again and again. What the function gives is shared: nobody may change
    it. Its first argument is the file; it raises OSError where there is none.
    """

    def decorate(read: F) -> F:
        @lru_cache(maxsize=most)
        def known(_version: object, *args: Any) -> Any:
            return read(*args)

        @wraps(read)
        def read_if_changed(*args: Any) -> Any:
            file = args[0].stat()
            if abs(time.time() - file.st_mtime) < SETTLED:
                return read(*args)
            return known(stamp_of(file), *args)

        return cast("F", read_if_changed)

    return decorate


def damaged(name: str, reason: str) -> ModelError:
    """The error to raise for a model whose folder is there but not usable: a line."""
    return ModelError(
        f"The model {name!r} is damaged: {short(reason)}. Train it again, or delete it."
    )


def short(reason: str, most: int = REASON) -> str:
    """A reason in one line that can be shown; libraries may give pages."""
    line = " ".join(reason.encode("utf-8", "backslashreplace").decode().split())
    line = "".join(each if each.isprintable() else "?" for each in line)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def size_of(path: Path, most: int) -> int:
    """The bytes of a file; raises ValueError where it has more, or is a device or a pipe."""
    file = path.stat()
    if not stat.S_ISREG(file.st_mode):
        raise ValueError(f"{path.name} is no file")
    if file.st_size > most:
        raise ValueError(f"{path.name} has {file.st_size:,} bytes, and may have {most:,}")
    return file.st_size


def read_bytes(path: Path, most: int) -> bytes:
    """Read a file of at most so many bytes; raises ValueError or OSError."""
    size_of(path, most)
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:  # it has grown since
        raise ValueError(f"{path.name} has more than {most:,} bytes")
    return content


def read_text(path: Path, most: int = JSON_BYTES) -> str:
    """Read a file of text; raises ValueError or OSError."""
    return read_bytes(path, most).decode("utf-8")


def read_json(path: Path, most: int = JSON_BYTES) -> Any:
    """Read a file of JSON; raises ValueError or OSError."""
    return parse_json(read_text(path, most))


def parse_json(text: str) -> Any:
    """Parse JSON that holds what this project writes: no more than DEPTH, DIGITS and TEXT allow.

    Raises ValueError.
    """
    try:
        content = json.loads(text, parse_int=_whole_number)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    level = [content]
    for _ in range(DEPTH):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return content
    raise ValueError("it is nested too deeply")


def _whole_number(digits: str) -> int:
    if len(digits) > DIGITS:
        raise ValueError(f"a whole number has {len(digits):,} digits")
    return int(digits)


def _inside(value: Any) -> Iterable[Any]:
    """What a value of JSON consists of, its texts checked."""
    if isinstance(value, str):
        if len(value) > TEXT:
            raise ValueError(f"a text has {len(value):,} characters")
        if any("\ud800" <= each <= "\udfff" for each in value):  # which nothing can write
            raise ValueError("a text is not valid Unicode")
        return ()
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else ()


def stamp_of(file: os.stat_result) -> str:
    """What tells a file from those that were there before.

    Clocks are set back, and copies keep the time of their original: only the system sets ctime.
    """
    return f"{file.st_mtime_ns}-{file.st_ctime_ns}-{file.st_size}-{file.st_ino}"


@remembered(100)
def sha256_of(path: Path) -> str:
    """The SHA-256 of a file; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
