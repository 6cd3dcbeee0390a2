"""A sweep on the Training page, without a browser."""

import os
from pathlib import Path

import pytest

from recognizer import processes
from recognizer.models import registry
from recognizer.processes import Identity
from recognizer.training import job_state
from recognizer.training.request import TrainingRequest
from recognizer.ui.markdown import plain
from tests.conftest import SHIPPED
from tests.training_notes import (
    RATES,
    SWEEP,
    note_failed_run,
    note_run,
    note_sweep,
    note_trained_run,
)
from tests.ui.pages import MODELS, TRAINING, charts, open_page, tables, text_of

GONE = Identity(os.getpid(), 0.0)  # no process: this number is taken by one that started later
MLP = SHIPPED / "mlp-baseline"


@pytest.fixture
def sweep(model_copy: Path) -> None:
    """A sweep that this process runs: one run is trained, one runs, one has failed, one waits."""
    note_sweep(processes.own())
    note_trained_run(SWEEP[0], 0.96, MLP)
    note_run(SWEEP[1], 0.97)
    note_failed_run(SWEEP[2], "There was not enough *memory*.")


@pytest.mark.usefixtures("sweep")
def test_runs_are_side_by_side_best_first() -> None:
    app = open_page(TRAINING)
    assert "Training 4 models" in text_of(app)
    assert "They differ in seed. The same for all: recipe mlp-baseline" in text_of(app)
    rows = tables(app)[0]
    assert list(rows["Name"]) == ["mine-seed-1", "mine-seed-0", "mine-seed-2", "mine-seed-3"]
    assert list(rows["Progress"])[::3] == ["15%", "Waiting"]
    assert list(rows["Progress"])[1:3] == ["Trained", "Failed: There was not enough *memory*."]
    assert list(rows["Validation"])[:2] == [0.97, 0.96]
    assert rows["On drawings"].count() == 1
    assert list(rows["Seed"]) == [1, 0, 2, 3]
    assert r"**mine-seed-2**: There was not enough \*memory\*." in app.warning[0].value
    assert charts(app) == 1
    assert "will be lost; 1 model is kept." in text_of(app)


@pytest.mark.usefixtures("sweep")
def test_the_sidebar_says_how_far_a_sweep_is() -> None:
    bar = open_page(MODELS).sidebar.get("progress")[0]
    assert bar.proto.text == plain("Training 4 models: 0 of 4 trained.")


def test_seeds_have_a_mean_for_each_of_the_other_values(model_copy: Path) -> None:
    note_sweep(GONE, RATES)
    for request, accuracy in zip(RATES, (0.96, 0.98, 0.9, 0.9), strict=True):
        note_trained_run(request, accuracy, MLP)
    job_state.note_end("done")
    app = open_page(TRAINING)
    means = tables(app)[1]
    assert means.to_numpy()[:, :3].tolist() == [
        [plain("0.001"), "2", plain("97.00 ± 1.41%")],
        [plain("0.002"), "2", plain("90.00 ± 0.00%")],
    ]
    assert app.selectbox(key="beside").value == "mine-rate-0-001-seed-1"  # the best
    assert tables(app)[-1].iloc[0]["Model"].startswith("**mine-rate-0-001-seed-1** (best of 4)")


@pytest.mark.usefixtures("sweep")
@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("done", "4 models are trained."),
        ("failed", "3 of 4 trainings failed."),
        ("cancelled", "The training of 4 models was cancelled: 1 is trained."),
    ],
)
def test_its_end_is_said_in_the_sidebar_and_on_the_page(state: job_state.State, words: str) -> None:
    job_state.note_end(state)
    app = open_page(TRAINING)
    assert words in [link.proto.label for link in app.sidebar.get("page_link")]
    assert words in [alert.proto.title for alert in (*app.info, *app.error)]
    assert "1 of 4 trained" in tables(app)[-1].iloc[0]["Result"]
    assert list(tables(app)[0]["Progress"])[-1] == "Not started"


@pytest.mark.usefixtures("model_copy")
def test_only_what_is_missing_is_trained_again(started: list[TrainingRequest]) -> None:
    note_sweep(GONE)
    note_trained_run(SWEEP[0], 0.96, MLP)
    note_run(SWEEP[1], 0.97)
    app = open_page(TRAINING)
    assert "The training of 4 models stopped unexpectedly" in app.error[0].proto.title
    app.button(key="again").click().run()
    assert not app.exception
    assert started == SWEEP[1:]


@pytest.mark.usefixtures("sweep")
def test_a_run_is_called_what_its_model_is_called() -> None:
    registry.rename("mine-seed-0", "yours")
    app = open_page(TRAINING, beside="yours")
    assert list(tables(app)[0]["Name"])[1] == "yours"
    registry.delete("yours")
    rows = tables(open_page(TRAINING))[0]
    assert list(rows["Name"])[1] == "mine-seed-0"
    assert list(rows["Progress"])[1] == "Deleted since"


def test_a_sweep_that_could_not_begin_says_why(model_copy: Path) -> None:
    note_sweep(GONE)
    job_state.note_end("failed", "There is no cluster at 127.0.0.1:1.")
    app = open_page(TRAINING)
    assert app.error[0].value == plain("There is no cluster at 127.0.0.1:1.")
    assert set(tables(app)[0]["Progress"]) == {"Not started"}


def test_the_log_of_a_run_can_be_chosen(sweep: None, models: Path) -> None:
    (models / ".training" / "runs" / "mine-seed-2" / "log.txt").write_text("MemoryError")
    app = open_page(TRAINING)
    assert app.code[0].value == "so far, so good"
    app.selectbox(key="log-of").select("mine-seed-2").run()
    assert app.code[0].value == "MemoryError"
