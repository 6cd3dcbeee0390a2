"""No file of a model folder, or of the last training, ends a page or writes on it."""

import gc
import json
import os
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
import streamlit as st

from recognizer import processes
from recognizer.models import registry
from recognizer.models.folder import ModelEntry
from recognizer.processes import Identity
from recognizer.training.past import PastTraining
from recognizer.ui import loading
from tests import hostile
from tests.conftest import SHIPPED
from tests.digits import DIGITS
from tests.models.test_hostile_folders import JSON, content_of, odd_texts
from tests.training_notes import SWEEP, note_run, note_sweep, note_training
from tests.ui.pages import (
    CURVES,
    OF_A_MODEL,
    TRAINING,
    open_draw_page,
    open_page,
    text_of,
)
from tests.ui.test_draw_page import answer, draw

ODD = 12  # folders beside each other
GONE = Identity(os.getpid(), 0.0)


def folder_with(models: Path, name: str, file: str, content: bytes) -> Path:
    """A model's folder in which one file is another one."""
    path = models / name
    shutil.copytree(SHIPPED / "robust-cnn", path, copy_function=os.link)
    (path / file).unlink(missing_ok=True)
    (path / file).write_bytes(content)
    return path


@pytest.fixture
def crowd(model_copy: Path, models: Path) -> list[str]:
    """Folders with an odd value or a broken file; the names of those that are models still."""
    texts = [(file, text.encode()) for file in JSON for _, text in odd_texts(file)]
    odd = random.Random(1).sample(texts, ODD)
    written = [pair for pair in texts if b"evil.example" in pair[1]]
    odd += random.Random(2).sample(written, ODD)
    for number, (file, content) in enumerate(odd):
        folder_with(models, f"odd-{number}", file, content)
    for file in ("predictions.npz", "layers.csv", "history.csv", "misclassified.npz"):
        for damage in ("cut", "HTML", "nested", "many errors"):
            content = hostile.BROKEN[damage](content_of(file))
            name = f"{file.split('.', maxsplit=1)[0]}-{damage.replace(' ', '-').lower()}"
            folder_with(models, name, file, content)
    return [each.name for each in registry.list_models() if isinstance(each, ModelEntry)]


@pytest.mark.slow
def test_a_crowd_of_odd_folders_ends_no_page(crowd: list[str]) -> None:
    for page in (*OF_A_MODEL, TRAINING):
        open_page(page)
    open_page(CURVES, **{"with": ",".join(crowd)})
    open_draw_page()


@pytest.mark.slow
def test_each_odd_model_can_be_looked_at(crowd: list[str]) -> None:
    odd = [name for name in crowd if not name.startswith("larger")]
    assert len(odd) > 10
    for number, name in enumerate(odd):
        page = OF_A_MODEL[number % len(OF_A_MODEL)]
        open_page(page, model=name)


# The last training


def _notes(models: Path) -> Iterator[Path]:
    note_training(GONE)
    folder = models / ".training"
    (folder / "outcome.json").write_text('{"state": "failed", "reason": "no", "ended": 2000000}')
    past = PastTraining("mine", "mlp-baseline", 3, 1e9, 1e9 + 50, "failed", "it failed")
    (folder / "past.json").write_text(json.dumps([asdict(past)]))
    (folder / "batches.csv").write_text("batch,accuracy,loss\n1,0.5,1.0\n2,0.6,0.9\n")
    yield from sorted(path for path in folder.iterdir() if path.name not in ("id", "lock"))


NOTES = ["batches.csv", "history.csv", "job.json", "log.txt", "outcome.json", "past.json"]
NOTES += ["progress.json"]


@pytest.mark.slow
@pytest.mark.parametrize("file", NOTES)
@pytest.mark.usefixtures("model_copy")
def test_no_note_of_a_training_ends_the_page(models: Path, file: str) -> None:
    assert file in [path.name for path in _notes(models)]
    noted = models / ".training" / file
    content = noted.read_bytes()
    for damage in hostile.BROKEN.values():
        noted.write_bytes(damage(content))
        open_page(TRAINING)
    odd = list(hostile.odd_json(content.decode())) if file.endswith(".json") else []
    for _, text in random.Random(0).sample(odd, min(len(odd), 8)):
        noted.write_text(text)
        open_page(TRAINING)


@pytest.mark.usefixtures("model_copy")
@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("job.json", "began"),
        ("progress.json", "epoch"),
        ("progress.json", "epochs"),
        ("progress.json", "of_sweep"),
        ("progress.json", "updated"),
        ("outcome.json", "ended"),
    ],
)
@pytest.mark.parametrize("value", ["1" + "0" * 400, "1e300", "NaN", "-1e300", '"\\ud800"'])
def test_no_number_in_a_note_is_too_large(models: Path, file: str, key: str, value: str) -> None:
    for path in _notes(models):
        if path.name == file:
            noted = json.loads(path.read_text()) | {key: "@@"}
            path.write_text(json.dumps(noted).replace('"@@"', value))
    open_page(TRAINING)


@pytest.mark.usefixtures("model_copy")
def test_a_batch_has_any_number(models: Path) -> None:
    list(_notes(models))
    rows = f"batch,accuracy,loss\n1,0.5,1.0\n{'9' * 30},0.5,1.0\n"
    (models / ".training" / "batches.csv").write_text(rows)
    open_page(TRAINING)


@pytest.mark.usefixtures("model_copy")
def test_a_process_that_cannot_be_does_not_run(models: Path) -> None:
    for pid in (10**17, -5, 0):
        note_training(Identity(pid, 1.0))
        assert "Training mine" not in text_of(open_page(TRAINING))


@pytest.mark.usefixtures("model_copy")
def test_odd_notes_of_a_sweep_end_no_page(models: Path) -> None:
    note_sweep(processes.own())
    for request, damage in zip(SWEEP, ("HTML", "nested", "many errors", "binary"), strict=True):
        run = note_run(request, 0.5)
        for file in ("progress.json", "history.csv", "outcome.json"):
            (run / file).write_bytes(hostile.BROKEN[damage](b""))
    open_page(TRAINING)


@pytest.mark.usefixtures("model_copy")
def test_of_a_huge_log_only_the_end_is_read(models: Path) -> None:
    note_training(GONE)
    log = models / ".training" / "log.txt"
    os.truncate(log, 10**11)
    with log.open("ab") as file:
        file.write(b"\nthe end")
    began = time.monotonic()
    assert "the end" in open_page(TRAINING).code[0].value
    assert time.monotonic() - began < 60


# The active model


@pytest.fixture
def broken(model_copy: Path, models: Path) -> Path:
    """The active model, which looks complete and cannot be loaded."""
    path = Path(shutil.copytree(model_copy, models / "broken"))
    hostile.spoil(path)
    hostile.note_export(path)
    registry.activate("broken")
    return path


def test_where_the_active_model_cannot_be_loaded_the_page_says_so_and_another_reads(
    broken: Path,
) -> None:
    page = open_draw_page()
    assert "'broken' is damaged" in text_of(page)
    assert "larger-cnn reads instead" in text_of(page)
    assert ">2</div>" in answer(draw(page, DIGITS[2]))


@pytest.mark.usefixtures("model_copy")
def test_where_the_active_model_is_damaged_the_page_says_what_reads(models: Path) -> None:
    (models / "broken").mkdir()
    (models / ".active").write_text("broken\n")
    assert "larger-cnn reads instead" in text_of(open_draw_page())


def test_a_model_that_cannot_be_loaded_is_not_activated(broken: Path) -> None:
    registry.activate("larger-cnn")
    app = open_page(TRAINING, beside="broken")
    app.button(key="use").click().run()
    assert not app.exception
    assert "not finite" in text_of(app)
    assert registry.active_model().name == "larger-cnn"


def test_a_model_that_is_mended_reads_again(broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "reads instead" in text_of(open_draw_page())
    for file in ("model.tflite", "report.json"):
        shutil.copy(SHIPPED / "larger-cnn" / file, broken / file)
    assert "reads instead" not in text_of(open_draw_page())


@pytest.mark.usefixtures("model_copy")
def test_an_emptied_cache_unloads_no_model_and_keeps_no_garbage() -> None:
    """A browser can ask for that, and it empties Streamlit's caches for everyone."""
    draw(open_draw_page(), DIGITS[2])
    loaded = loading.recognizer_of(registry.active_model())
    frozen = gc.get_freeze_count()
    for _ in range(3):
        st.cache_resource.clear()
        st.cache_data.clear()
        draw(open_draw_page(), DIGITS[2])
    assert loading.recognizer_of(registry.active_model()) is loaded
    assert gc.get_freeze_count() <= frozen
