"""Text that somebody else wrote, on the pages: in the address, in model folders, in notes."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from recognizer.processes import Identity
from recognizer.training import job_state
from recognizer.training.past import PastTraining
from recognizer.ui import images
from tests.training_notes import SWEEP, note_run, note_sweep, note_training
from tests.ui.pages import (
    CURVES,
    DATA,
    MATRIX,
    MODELS,
    TRAINING,
    WRONG,
    open_page,
    tables,
    text_of,
)

GONE = Identity(os.getpid(), 0.0)  # no process: this number is taken by one that started later
FORGED = "x\n\n# Forged [link](https://evil.example) ![p](https://evil.example/p.png)"
ADDRESS = "x\n\n# Forged\n\n[link](https://evil.example)"


def everything_on(app: AppTest) -> str:
    """All text, with that of tables and of labels."""
    parts: list[Any] = [text_of(app), *(table.to_string() for table in tables(app))]
    parts += [each.label for kind in (app.button, app.expander) for each in kind]
    parts += [each.proto.text for each in app.get("progress")]
    return "\n".join(map(str, parts))


def assert_harmless(app: AppTest) -> None:
    """Nothing of it is a heading, a link or a picture."""
    text = everything_on(app)
    text.encode()  # else no browser gets it
    assert "Forged" in text
    assert "\n# Forged" not in text
    assert "[link](" not in text
    assert "https://evil" not in text


@pytest.mark.parametrize(
    ("page", "key"),
    [
        (CURVES, "model"),
        (CURVES, "with"),
        (MATRIX, "label"),
        (WRONG, "image"),
        (DATA, "split"),
    ],
)
def test_the_address_is_quoted_in_one_line(page: str, key: str) -> None:
    words = next(each.value for each in open_page(page, **{key: ADDRESS}).warning)
    assert "\n" not in words
    assert words.count("`") == 2
    assert words.index("`") < words.index("Forged") < words.rindex("`")


def test_a_very_long_address_is_shortened() -> None:
    app = open_page(CURVES, model="x" * 100_000)
    assert "x" * 70 in text_of(app)
    assert "x" * 100 not in text_of(app)
    assert "x" * 100 not in str(app.get("page_link")[0].proto)  # nor is it carried on


def test_what_a_recipe_says_is_text(model_copy: Path) -> None:
    recipe = json.loads((model_copy / "recipe.json").read_text())
    recipe |= {"recipe": FORGED, "note": FORGED, "packages": {FORGED: FORGED}}
    (model_copy / "recipe.json").write_text(json.dumps(recipe))
    app = open_page(CURVES)
    assert r"\[link\]" in tables(app)[0].to_string()
    assert_harmless(app)


def test_no_text_in_a_table_is_a_formula(model_copy: Path) -> None:
    layers = "layer,type,output,parameters\n=1+1,@SUM(1),-2+3,7\n-0.5,+3,–,7\n"
    (model_copy / "layers.csv").write_text(layers)
    shown = next(each for each in tables(open_page(MODELS)) if "layer" in each)
    assert shown.to_numpy().tolist() == [["'=1+1", "'@SUM(1)", "'-2+3", 7], ["-0.5", "+3", "–", 7]]


@pytest.mark.usefixtures("model_copy")
@pytest.mark.parametrize("state", ["failed", "running"])
def test_what_a_training_notes_is_text(state: str) -> None:
    note_training(GONE if state == "failed" else Identity.of(os.getpid()))
    notes = {"phase": FORGED, "epoch": 1, "epochs": 2}
    (job_state.folder() / "progress.json").write_text(json.dumps(notes))
    if state == "failed":
        job_state.note_end("failed", FORGED)
        rows = [{"name": FORGED, "recipe": FORGED, "reason": FORGED, "state": "failed"}]
        row = rows[0] | {"epochs": 1, "began": 1.0, "ended": 2.0}
        (job_state.folder() / "past.json").write_text(json.dumps([row]))
    assert_harmless(open_page(TRAINING))


@pytest.mark.usefixtures("model_copy")
def test_what_a_run_of_a_sweep_notes_is_text() -> None:
    note_sweep(GONE)
    outcome = {"state": "failed", "reason": FORGED, "model": FORGED}
    (note_run(SWEEP[0], 0.9) / "outcome.json").write_text(json.dumps(outcome))
    job_state.note_end("failed", "1 of 4 failed")
    words = everything_on(open_page(TRAINING))
    words.encode()
    assert "\n# Forged" not in words


def test_after_a_full_disk_the_page_says_so(model_copy: Path) -> None:
    note_training(GONE)
    log = job_state.folder() / "log.txt"
    log.write_text("x" * 300_000 + "\nOSError: [Errno 28] No space left on device\n")
    assert "The disk was full." in open_page(TRAINING).error[0].value
    job = job_state.current()
    assert job
    assert PastTraining.of(job).reason == job_state.FULL
    log.write_text("Killed")
    assert "stopped unexpectedly" in open_page(TRAINING).error[0].value


@pytest.mark.usefixtures("stranger")
def test_a_stranger_sees_neither_the_log_nor_where_files_are(running: Path) -> None:
    (running / "log.txt").write_text("a line of the log")
    job_state.note_end("failed", f"[Errno 13] Permission denied: '{running}/x.json'")
    words = everything_on(open_page(TRAINING))
    assert "Permission denied" in words
    assert str(running) not in words
    assert not open_page(TRAINING).code


@pytest.fixture
def downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is fetched on a machine without MNIST: nothing is, in fact."""
    asked: list[object] = []
    monkeypatch.delenv("MNIST_NPZ", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(images, "find_mnist", asked.append)
    return asked


@pytest.mark.usefixtures("stranger")
def test_a_stranger_starts_no_download(downloads: list[object]) -> None:
    app = open_page(DATA)
    app.button(key="fetch-data").click().run()
    assert "Whoever may retrain can fetch it" in app.error[0].value
    assert downloads == []


def test_one_visitor_at_a_time_fetches_mnist(downloads: list[object]) -> None:
    with images._fetching:  # by another one
        assert "It is being fetched." in open_page(DATA).error[0].value
    assert downloads == []
