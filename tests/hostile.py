"""Files of a model folder as somebody hostile, or a failing disk, leaves them."""

import hashlib
import io
import json
import pickle
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

HTML = "<img src=x onerror=alert(1)><script>alert(2)</script>"
MARKDOWN = "[press](https://evil.example) ![](https://evil.example/x.png) **x** `y` $z$ :red[z]"
TEXT = f"{HTML}\n\n# {MARKDOWN} www.evil.example"


class Runs:
    """What runs code when it is unpickled."""

    def __reduce__(self) -> Any:
        return Path.touch, (Path("unpickled"),)


def _swapped(content: bytes) -> bytes:
    half = len(content) // 2
    return content[half:] + content[:half]


# Of the content of any file, a content that is none.
BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda content: content[: len(content) // 2],
    "last byte": lambda content: content[:-1],
    "swapped": _swapped,
    "HTML": lambda _: f"<html>{TEXT}</html>".encode(),
    "pickle": lambda _: pickle.dumps(Runs()),
    "nested": lambda _: b"[" * 100_000 + b"]" * 100_000,
    "nested objects": lambda _: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "binary": lambda _: bytes(range(256)) * 100,
    "many errors": lambda _: b'{"packages": [' + b"0," * 200_000 + b"0]}",
    "long": lambda content: content + b" " * 20_000_000,
}
# What any value in a JSON file may be instead; text, so that no writer has to know it.
VALUES = [
    "null",
    "true",
    "[]",
    "{}",
    "-1",
    "0",
    "NaN",
    "-Infinity",
    "1e308",
    "1e-310",
    "9" * 20,
    "9" * 400,
    "9" * 5000,
    '"\\ud800"',
    '"\\u0000"',
    json.dumps(TEXT),
    json.dumps("0.5"),
    "[[[[[[[[1]]]]]]]]",
    '{"\\ud800": 1, "<b>": [2]}',
    json.dumps(["<b>", TEXT]),
]
MARK = "@@"


def odd_json(content: str, values: list[str] = VALUES) -> Iterator[tuple[str, str]]:
    """Each value of a JSON text replaced by each odd one, and left out: where, and the text."""
    parsed = json.loads(content)
    for where, put in _places(parsed):
        name = ".".join(map(str, where))
        marked = json.dumps(put(MARK))
        for value in values:
            yield f"{name}={value[:20]}", marked.replace(f'"{MARK}"', value)
        left_out = put(None, True)
        yield f"{name} missing", json.dumps(left_out)


def _places(parsed: Any) -> Iterator[tuple[tuple[Any, ...], Callable[..., Any]]]:
    """Every place in a JSON value; of long lists, the first two."""

    def walk(part: Any, where: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        inner = part.items() if isinstance(part, dict) else enumerate(part[:2])
        for key, value in inner:
            yield (*where, key)
            if isinstance(value, dict | list):
                yield from walk(value, (*where, key))

    for where in walk(parsed, ()):

        def put(value: Any, remove: bool = False, where: tuple[Any, ...] = where) -> Any:
            copy = json.loads(json.dumps(parsed))
            part = copy
            for key in where[:-1]:
                part = part[key]
            if remove:
                del part[where[-1]]
            else:
                part[where[-1]] = value
            return copy

        yield where, put


def note_export(folder: Path) -> None:
    """Note the model.tflite that is there, as if it was exported."""
    report = json.loads((folder / "report.json").read_text())
    report["litert"] = {
        f"{key}sha256": hashlib.sha256((folder / file).read_bytes()).hexdigest()
        for key, file in (("keras_", "model.keras"), ("", "model.tflite"))
    }
    (folder / "report.json").write_text(json.dumps(report))


def spoil(folder: Path) -> None:
    """Write NaN into the largest weights of model.tflite."""
    content = bytearray((folder / "model.tflite").read_bytes())
    place = len(content) // 2 // 4 * 4  # in the weights, which are most of it
    content[place : place + 400] = np.full(100, np.nan, np.float32).tobytes()
    (folder / "model.tflite").write_bytes(content)


def archive_of(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()
