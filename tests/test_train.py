"""The command train.py: what it takes, what it prints, and how it ends."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

import train as command
from recognizer import Drawing, processes
from recognizer.collection.collection import Collection
from recognizer.collection.records import KeptDrawing
from recognizer.datasets.strokes import save_strokes
from recognizer.models import registry
from recognizer.models.drawing_benchmark import DrawingBenchmark
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import RECIPES, Recipe
from recognizer.training import materials
from recognizer.training.job_state import current
from recognizer.training.progress_writer import ProgressWriter
from recognizer.training.request import TrainingRequest
from tests.datasets.collection import collection, zipped
from tests.datasets.zenodo import zenodo
from tests.stroke_data import HANDS, digits


def request_from(*arguments: str) -> TrainingRequest:
    args = command.make_parser().parse_args(arguments)
    (request,) = command.requests_of(args)
    return request


def test_options_become_a_request(models: Path) -> None:
    assert request_from("sgd-cnn") == TrainingRequest("sgd-cnn", "sgd-cnn")
    assert request_from(
        *("robust-cnn", "--name", "mine", "--start-from", "robust-cnn", "--epochs", "3"),
        *("--batch-size", "50", "--learning-rate", "0.25", "--optimizer", "SGD"),
        *("--no-distortion", "--seed", "7", "--hold-back", "--replace"),
    ) == TrainingRequest(
        recipe="robust-cnn",
        name="mine",
        start_from="robust-cnn",
        epochs=3,
        batch_size=50,
        learning_rate=0.25,
        optimizer="SGD",
        distortion=False,
        seed=7,
        hold_back=True,
        replace=True,
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "one of the arguments"),
        (["no-such-recipe"], "invalid choice"),
        (["sgd-cnn", "--all"], "not allowed with"),
        (["sgd-cnn", "--epochs", "1.5"], "'1.5' is no value. Give some, such as 0, 3 or 0-4"),
        (["sgd-cnn", "--batch-size", "many"], "'many' is no value"),
        (["sgd-cnn", "--optimizer", "Adagrad"], "no optimizer 'Adagrad'"),
        (["--all", "--name", "mine"], "cannot be used with --all"),
        (["--all", "--start-from", "sgd-cnn"], "cannot be used with --all"),
        (["sgd-cnn", "--epochs", "0"], "Epochs: 0. Give a whole number from 1 to 1,000"),
        (["sgd-cnn", "--learning-rate", "nan"], "Learning rate: nan"),
        (["sgd-cnn", "--learning-rate", "-1"], "Learning rate: -1"),
        (["sgd-cnn", "--seed", "-1"], "Seed: -1"),
    ],
)
def test_impossible_values_are_refused_before_a_training_is_noted(
    models: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        command.main(arguments)
    assert stop.value.code == 2
    assert reason in capsys.readouterr().err
    assert current() is None


def test_other_errors_are_reported_in_a_line(
    models: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments, reason in (
        (["sgd-cnn", "--name", "../x"], "not a valid model name"),
        (["sgd-cnn", "--start-from", "nowhere"], "no model 'nowhere'"),
        (["sgd-cnn", "--data", "nowhere.npz"], "no file nowhere.npz"),
        (["--judge", "--drawings", "nowhere.npz"], "no file nowhere.npz"),
    ):
        assert command.main(arguments) == 1
        error = capsys.readouterr().err
        assert error.startswith("train.py: ")
        assert reason in error
        assert error.count("\n") == 1
    monkeypatch.delenv("PEN_DIGITS", raising=False)
    assert command.main(["--judge"]) == 1
    assert "Name a file of drawings" in capsys.readouterr().err


def test_the_lists_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--list", "--results"):
        assert command.main([option]) == 0
        printed = capsys.readouterr().out
        assert all(name in printed for name in RECIPES)


@dataclass
class FakeTraining:
    """Stands for `train`: notes what it is asked for, and gives a model that is there."""

    asked: list[tuple[Recipe, str, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, recipe: Recipe, data: object, name: str, **options: Any) -> ModelEntry:
        job = current()
        assert job
        assert (job.running, job.request.name) == (True, name)
        self.asked.append((recipe, name, options))
        return registry.find_model("larger-cnn")


@pytest.fixture
def training(model_copy: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    training = FakeTraining()
    monkeypatch.setattr(materials, "train", training)
    monkeypatch.setattr(materials, "load_mnist", lambda path, progress: None)
    monkeypatch.delenv("PEN_DIGITS", raising=False)
    return training


def test_without_a_name_a_free_one_is_taken(training: FakeTraining) -> None:
    for arguments in (["--name", "mine"], [], ["--replace"]):
        assert command.main(["larger-cnn", *arguments]) == 0
    assert [name for _, name, _ in training.asked] == ["mine", "larger-cnn-2", "larger-cnn"]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_training_from_a_page_has_the_drawings_to_evaluate_on(
    training: FakeTraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: str
) -> None:
    monkeypatch.setattr(processes, "step_back", lambda: None)
    save_strokes(tmp_path / "digits.npz", digits(["tos", "art"]))
    monkeypatch.setenv("PEN_DIGITS", str(tmp_path / "digits.npz"))
    request = TrainingRequest(recipe, "mine")
    assert command.main(["--request", json.dumps(asdict(request))]) == 0
    ((_, _, options),) = training.asked
    assert DrawingBenchmark.of(options["drawings"]).ready


def test_drawings_and_mnist_are_fetched_when_a_training_needs_them(
    training: FakeTraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phases: list[str] = []
    monkeypatch.setattr(processes, "step_back", lambda: None)
    monkeypatch.setattr(ProgressWriter, "on_phase", lambda _, phase: phases.append(phase))
    monkeypatch.setattr(materials, "load_mnist", lambda path, progress: progress.update(1))
    monkeypatch.setenv("UNIPEN_DIR", str(tmp_path / "cache"))
    with zenodo({"unipen.zip": zipped(collection(tmp_path / "unipen"))}) as (url, _):
        monkeypatch.setenv("UNIPEN_URL", url)
        request = json.dumps(asdict(TrainingRequest("robust-cnn", "mine")))
        assert command.main(["--request", request]) == 0
    ((_, _, options),) = training.asked
    assert len(options["drawings"].digits) == 6
    assert phases[0].startswith("Fetching the drawings: ")
    assert phases[-3:] == [
        "Unpacking the drawings",
        "Converting the drawings",
        "Fetching MNIST: 100 %",
    ]


def test_a_training_whose_drawings_cannot_be_fetched_says_so(
    training: FakeTraining, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["robust-cnn", "--name", "mine"]) == 1
    assert "UNIPEN_ARCHIVE" in capsys.readouterr().err
    assert not training.asked


def test_a_request_from_a_page_is_trained(
    training: FakeTraining, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "step_back", lambda: None)
    request = TrainingRequest("larger-cnn", "mine", epochs=1, seed=5, start_from="larger-cnn")
    assert command.main(["--request", json.dumps(asdict(request))]) == 0
    ((recipe, name, options),) = training.asked
    assert (recipe, name) == (request.to_recipe(), "mine")
    assert (options["seed"], options["replace"], options["drawings"]) == (5, False, None)
    assert options["start"].name == "larger-cnn"
    assert isinstance(options["listener"], ProgressWriter)
    job = current()
    assert job
    assert (job.request, job.state) == (request, "done")
    printed = capsys.readouterr().out
    assert "mine: recipe larger-cnn, seed 5, about " in printed
    assert "test accuracy 99.27%" in printed


def test_all_recipes_are_trained_but_for_drawings_that_are_missing(
    training: FakeTraining, capsys: pytest.CaptureFixture[str]
) -> None:
    args = command.make_parser().parse_args(["--all", "--epochs", "2", "--seeds", "3"])
    requests = command.requests_of(args)
    names = [name for name in RECIPES if name != "robust-cnn"]
    assert [request.name for request in requests] == [
        f"{name}-seed-{seed}" for name in names for seed in range(3)
    ]
    assert {request.epochs for request in requests} == {2}
    assert "Recipes that train on drawings are left out" in capsys.readouterr().out


# Learning


def test_the_active_model_learns_from_what_was_accepted(
    training: FakeTraining,
    monkeypatch: pytest.MonkeyPatch,
    file_url: str,
    file_collection: Collection,
) -> None:
    monkeypatch.setenv("DRAWINGS_URL", file_url)
    asked: list[tuple[str, list[int | None], str, dict[str, Any]]] = []

    def learn(start: ModelEntry, kept: list[KeptDrawing], name: str, **options: Any) -> ModelEntry:
        job = current()
        assert job
        assert (job.running, job.request.learn) == (True, True)
        asked.append((start.name, [each.label for each in kept], name, options))
        return start

    monkeypatch.setattr(materials, "learn", learn)
    for label in (3, 7):
        drawing = Drawing.from_strokes(HANDS[label])
        file_collection.add(drawing, label, contributor="one", accepted=label == 7)
    assert command.main(["--learn", "--seed", "5"]) == 0
    ((start, labels, name, options),) = asked
    assert (start, labels, name) == ("larger-cnn", [7], "larger-cnn-learned")
    assert (options["seed"], options["pen"]) == (5, None)
    assert not training.asked


def test_a_named_model_learns(training: FakeTraining) -> None:
    args = command.make_parser().parse_args(
        ["--learn", "--start-from", "larger-cnn", "--name", "mine"]
    )
    expected = TrainingRequest("larger-cnn", "mine", start_from="larger-cnn", learn=True)
    assert command.learning_requests(args) == [expected]
