"""What a worker does: a shard of raw records -> its readings, as the content of a Parquet file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits

from recognizer.batch.records import Found, Records, reason_of
from recognizer.drawings.drawing import Drawing
from recognizer.models.parallel import BATCH
from recognizer.models.reading import NumberReading, Reading
from recognizer.models.recognizer import Recognizer

FAILED = "failed"  # the status of a record that could not be read
LONGEST_ID = 1000  # characters

Row = tuple[Found, Reading | NumberReading | None]


@dataclass(frozen=True)
class Part:
    """The readings of a shard, in the order of its records.

    Attributes:
        content: A Parquet file.
        counts: How many records have each status.
    """

    content: bytes
    counts: Counter[str]


class Worker:
    """Reads shards with one model on one thread: there are as many workers as cores."""

    def __init__(self, recognizer: Recognizer, *, numbers: bool) -> None:
        cv2.setNumThreads(1)
        self._limits = threadpool_limits(1)
        self._recognizer = recognizer
        self._numbers = numbers

    def read(self, records: Records, these: range | None = None) -> Part:
        """Read records, all or some of them."""
        indices = these if these is not None else range(len(records))
        rows: list[Row] = []
        with np.errstate(all="ignore"):  # odd drawings overflow; what comes of it is checked
            for start in range(0, len(indices), BATCH):
                rows += self._rows([records.found(i) for i in indices[start : start + BATCH]])
        return self._part(rows)

    def died(self, records: Records, index: int) -> Part:
        """What is written of a record that ends every process that reads it."""
        reason = "The process that read it died each time, perhaps for lack of memory."
        return self._part([(Found(records.place(index), None, reason), None)])

    def _rows(self, found: list[Found]) -> list[Row]:
        drawings = [each.drawing for each in found if each.drawing is not None]
        try:
            readings = iter(self._read(drawings))
            return [(each, None if each.drawing is None else next(readings)) for each in found]
        except Exception:  # one of them cannot be read: the others can
            return [self._row(each) for each in found]

    def _row(self, found: Found) -> Row:
        if found.drawing is None:
            return found, None
        try:
            return found, self._read([found.drawing])[0]
        except Exception as error:
            return Found(found.id, None, reason_of(error)), None

    def _read(self, drawings: list[Drawing]) -> Sequence[Reading | NumberReading]:
        if self._numbers:
            return [self._recognizer.read_number(drawing) for drawing in drawings]
        if any(drawing.photo for drawing in drawings):  # `read_many` would use all cores
            return [self._recognizer.read(drawing) for drawing in drawings]
        return self._recognizer.read_many(drawings)

    def _part(self, rows: list[Row]) -> Part:
        table = table_of(rows, self._recognizer, numbers=self._numbers)
        counts: Counter[str] = Counter(table["status"].to_pylist())
        return Part(to_parquet(table), counts)


def to_parquet(table: pa.Table) -> bytes:
    """The content of a Parquet file."""
    stream = pa.BufferOutputStream()
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue().to_pybytes()


def joined(parts: Sequence[Part]) -> Part:
    """Several parts as one."""
    tables = [pq.read_table(pa.BufferReader(part.content)) for part in parts]
    counts = sum((part.counts for part in parts), Counter[str]())
    return Part(to_parquet(pa.concat_tables(tables)), counts)


def table_of(rows: list[Row], recognizer: Recognizer, *, numbers: bool) -> pa.Table:
    """Readings as a table; docs/batch.md describes its columns."""
    readings = [reading for _, reading in rows]
    columns: dict[str, Any] = {"id": pa.array([_text(found.id) for found, _ in rows], pa.string())}
    columns |= _numbers_of(readings) if numbers else _digits_of(readings)
    columns["model"] = _repeated(recognizer.name, len(rows))
    columns["digest"] = _repeated(recognizer.weights, len(rows))
    reasons = [None if reading else _text(found.reason) for found, reading in rows]
    return pa.table(columns | {"reason": pa.array(reasons, pa.string())})


def _digits_of(readings: list[Any]) -> dict[str, pa.Array]:
    made = [reading.probabilities for reading in readings if reading]
    flat = np.zeros((len(readings), 10), dtype=np.float32)
    missing = np.array([reading is None for reading in readings], dtype=bool)
    flat[~missing] = np.array(made).reshape(-1, 10)
    probabilities = pa.FixedSizeListArray.from_arrays(flat.ravel(), 10, mask=pa.array(missing))
    digits = pa.array([reading and reading.digit for reading in readings], pa.int8())
    return {"digit": digits} | _certainty(readings) | {"probabilities": probabilities}


def _numbers_of(readings: list[Any]) -> dict[str, pa.Array]:
    texts = [(reading.text or None) if reading else None for reading in readings]
    others = [
        [{"number": text, "probability": share} for text, share in reading.alternatives]
        if reading
        else None
        for reading in readings
    ]
    kind = pa.list_(pa.struct([("number", pa.string()), ("probability", pa.float32())]))
    known = {"number": pa.array(texts, pa.string())} | _certainty(readings)
    return known | {"alternatives": pa.array(others, kind)}


def _certainty(readings: list[Any]) -> dict[str, pa.Array]:
    status = [reading.status if reading else FAILED for reading in readings]
    confidence = [reading and reading.confidence for reading in readings]
    return {
        "status": pa.array(status, pa.string()),
        "confidence": pa.array(confidence, pa.float32()),
    }


def _repeated(text: str, times: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array([0] * times, pa.int8()), [text])


def _text(text: str) -> str:
    """A text that can be written as UTF-8, whatever the input has for one."""
    return text[:LONGEST_ID].encode("utf-8", "replace").decode()
