"""A folder of models with files that somebody hostile, or a failing disk, has left there."""

import io
import json
import os
import random
import shutil
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizer.errors import ModelError
from recognizer.models import csv_files, learned, number_results, predictions, registry
from recognizer.models.registry import DamagedModel
from tests import hostile
from tests.conftest import SHIPPED

LONGEST = 400  # characters of a reason
READERS: dict[str, Callable[[Path], object]] = {
    "layers.csv": csv_files.read_layers,
    "predictions.npz": predictions.read_report,
    "misclassified.npz": predictions.read_misclassified,
    "numbers.json": number_results.read_results,
    "learned.json": learned.read_learned,
}
LEARNED = {
    "start": {"model": "robust-cnn", "sha256": "0" * 64, "has_seen_all": True},
    "trained_on": ["a" * 16],
    "held_out": ["b" * 16],
    "left_out": 0,
    "share": 0.5,
    "interpolation": 0.5,
    "measures": [{"name": learned.KEPT, "before": 0.5, "after": 0.6, "cases": 10, "p": 0.5}],
}
FILES = sorted(
    {path.name for path in (SHIPPED / "robust-cnn").iterdir()} - {"replay.npz"} | {"learned.json"}
)


def content_of(file: str) -> bytes:
    if file == "learned.json":
        return json.dumps(LEARNED).encode()
    return (SHIPPED / "robust-cnn" / file).read_bytes()


@pytest.fixture
def folder(models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a model with every file that there can be, to be damaged."""
    monkeypatch.chdir(models.parent)  # where unpickling would leave its mark
    path = Path(shutil.copytree(SHIPPED / "robust-cnn", models / "hostile"))
    (path / "learned.json").write_text(json.dumps(LEARNED))
    return path


def read_all(folder: Path, file: str) -> None:
    """Read a folder as the pages do; what is wrong is said in a line."""
    entry = registry._entry_or_damage(folder.name)
    reasons = [entry.reason] if isinstance(entry, DamagedModel) else []
    try:
        READERS.get(file, id)(folder)
    except ModelError as error:
        reasons.append(str(error))
    for reason in reasons:
        assert len(reason) < LONGEST
        assert reason.isprintable()
    assert not Path("unpickled").exists()


@pytest.mark.parametrize("damage", hostile.BROKEN)
@pytest.mark.parametrize("file", FILES)
def test_no_content_of_a_file_is_too_much(folder: Path, file: str, damage: str) -> None:
    (folder / file).write_bytes(hostile.BROKEN[damage](content_of(file)))
    read_all(folder, file)


@pytest.mark.parametrize("file", FILES)
def test_a_folder_or_a_pipe_in_place_of_a_file_is_not_read(folder: Path, file: str) -> None:
    (folder / file).unlink()
    os.mkfifo(folder / file)  # opened, it would wait for ever
    read_all(folder, file)
    (folder / file).unlink()
    (folder / file).mkdir()
    read_all(folder, file)


JSON = [file for file in FILES if file.endswith(".json")]


def _odd() -> list[tuple[str, str]]:
    """Some of the JSON files with one odd value, always the same."""
    found = [(file, text) for file in JSON for _, text in odd_texts(file)]
    return random.Random(0).sample(found, 100)


def odd_texts(file: str) -> Iterator[tuple[str, str]]:
    return hostile.odd_json(content_of(file).decode())


def test_no_value_in_a_file_is_too_odd(folder: Path) -> None:
    for file, text in _odd():
        (folder / file).write_text(text)
        read_all(folder, file)
        (folder / file).write_bytes(content_of(file))


@given(
    st.sampled_from(JSON),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.randoms(use_true_random=False),
)
@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
def test_any_value_may_be_anywhere(
    folder: Path, file: str, value: Any, chance: random.Random
) -> None:
    content = json.loads(content_of(file))
    part = content
    while True:
        key = chance.choice(list(part) if isinstance(part, dict) else range(len(part)))
        if not (isinstance(part[key], dict | list) and part[key] and chance.random() < 0.8):
            break
        part = part[key]
    part[key] = value
    (folder / file).write_text(json.dumps(content))
    read_all(folder, file)
    (folder / file).write_bytes(content_of(file))


@pytest.mark.parametrize("text", ['"\\ud800"', "9" * 400, "[" * 30 + "]" * 30, f'"{"x" * 20_000}"'])
def test_json_that_nothing_here_writes_is_refused(folder: Path, text: str) -> None:
    (folder / "recipe.json").write_text(f'{{"recipe": "a", "parameters": 1, "more": {text}}}')
    with pytest.raises(ModelError, match=r"'hostile' is damaged: .*recipe\.json"):
        registry.find_model("hostile")


@pytest.mark.parametrize("last_epochs", ["null", "3", "{}", '"abc"'])
def test_a_plan_of_the_first_version_may_hold_anything(folder: Path, last_epochs: str) -> None:
    recipe = f'{{"recipe": "a", "parameters": 1, "drawings": {{"last_epochs": {last_epochs}}}}}'
    (folder / "recipe.json").write_text(recipe)
    (listed,) = registry.list_models()
    assert isinstance(listed, DamagedModel)
    assert "last_epochs" in listed.reason


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n34,", "\n3_4,"),
        ("\n1,", "\n\uff11,"),  # a digit to Python, and a text to pandas
        ("epoch,", "epoch,epoch,"),
        ("epoch,loss,", "epoch,loss,loss,"),
        ("\n", ",7\n"),
    ],
)
def test_a_history_that_two_readers_take_differently_is_damaged(
    folder: Path, old: str, new: str
) -> None:
    history = (folder / "history.csv").read_text()
    head, rows = history.split("\n", maxsplit=1)
    changed = f"{head}\n{rows.replace(old, new)}" if old == "\n" else history.replace(old, new)
    assert changed != history
    (folder / "history.csv").write_text(changed)
    with pytest.raises(ModelError, match=r"history\.csv"):
        registry.find_model("hostile")


@pytest.mark.parametrize(
    ("file", "size"), [("recipe.json", 10**9), ("model.keras", 10**12), ("model.tflite", 10**12)]
)
def test_a_huge_file_is_not_read(folder: Path, file: str, size: int) -> None:
    os.truncate(folder / file, size)  # which takes no room on the disk
    began = time.monotonic()
    with pytest.raises(ModelError, match="bytes, and may have"):
        registry.find_model("hostile")
    assert time.monotonic() - began < 10


def test_a_name_that_is_no_text_is_listed(models: Path) -> None:
    (models / "\udcff\n[x](y)").mkdir()  # as Python names the byte 255
    (listed,) = registry.list_models()
    assert isinstance(listed, DamagedModel)
    assert (listed.name + listed.reason).isprintable()


def test_a_folder_of_models_that_may_not_be_searched_hides_its_models(
    model_copy: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `chmod a-x` does; root may search everything, so that it is refused here."""
    stat, access = os.stat, os.access

    def refused(path: Any, *args: Any, **more: Any) -> Any:
        if Path(os.fsdecode(path)).parent == models:
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, *args, **more)

    monkeypatch.setattr(os, "stat", refused)
    monkeypatch.setattr(
        os, "access", lambda path, mode: Path(path) != models and access(path, mode)
    )
    assert registry.list_models() == []
    with pytest.raises(ModelError, match=r"cannot be read\. Make it readable"):
        registry.active_model()
    with pytest.raises(ModelError, match=r"cannot be read\. Make it readable"):
        registry.check_free("new")  # as the form for a training asks
    with pytest.raises(ModelError, match="There is no model"):
        registry.activate("larger-cnn")


# npz


def _bomb(shape: str = "(100000, 100000)", kind: str = "<f4") -> bytes:
    """An array of few bytes that says it has many."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (118 - len(header)) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


def _npy(array: Any, **options: bool) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


LABELS, ROWS = np.zeros(5, np.uint8), np.full((5, 10), 0.1, np.float32)


@pytest.mark.parametrize(
    "members",
    [
        {"labels.npy": _bomb(), "probabilities.npy": _npy(ROWS)},
        {"labels.npy": _npy(LABELS), "probabilities.npy": _bomb() + bytes(10**8)},
        {"labels.npy": b"<b>labels</b>", "probabilities.npy": _npy(ROWS)},
        {"labels.npy": _npy([hostile.Runs()], allow_pickle=True), "probabilities.npy": _npy(ROWS)},
        {"labels.npy": _npy(np.uint8(1)), "probabilities.npy": _npy(ROWS[0])},
        {"labels.npy": _npy(LABELS.astype(float)), "probabilities.npy": _npy(ROWS)},
        {"labels.npy": _npy(LABELS), "probabilities.npy": _npy(ROWS * np.nan)},
        {"labels.npy": _npy(LABELS), "probabilities.npy": _npy(ROWS.astype(complex))},
        {"labels.npy": _npy(LABELS.astype("S9")), "probabilities.npy": _npy(ROWS)},
        {"labels.npy": _bomb("(" * 90, "<f4"), "probabilities.npy": _npy(ROWS)},
        {"labels.npy": _bomb("(-5,)", "|u1"), "probabilities.npy": _npy(ROWS)},
        {"../labels.npy": _npy(LABELS), "/probabilities.npy": _npy(ROWS)},
    ],
    ids=str.split(
        "shape zeros HTML pickle scalars floats NaN complex text nested negative outside"
    ),
)
def test_odd_predictions_are_refused_in_little_memory(
    folder: Path, members: dict[str, bytes]
) -> None:
    (folder / "predictions.npz").write_bytes(hostile.archive_of(members))
    tracemalloc.start()
    with pytest.raises(ModelError, match=r"predictions\.npz"):
        predictions.read_report(folder)
    assert tracemalloc.get_traced_memory()[1] < 100e6
    tracemalloc.stop()
    assert not Path("unpickled").exists()


def test_misclassified_images_without_a_length_are_refused(folder: Path) -> None:
    members = {"numbers.npy": _npy(np.int32(1)), "images.npy": _npy(np.zeros((28, 28), np.uint8))}
    (folder / "misclassified.npz").write_bytes(hostile.archive_of(members))
    with pytest.raises(ModelError, match="do not match"):
        predictions.read_misclassified(folder)
