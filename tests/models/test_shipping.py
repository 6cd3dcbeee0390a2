"""Shipped models, brought into a folder of models on a volume, and what they leave alone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from recognizer.errors import DiskError
from recognizer.models import registry, shipping
from recognizer.models.shipping import bring_shipped
from tests.conftest import SHIPPED

NAMES = ["larger-cnn", "mlp-baseline"]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The models in an image."""
    folder = tmp_path / "image"
    for name in NAMES:
        shutil.copytree(SHIPPED / name, folder / name)
    return folder


def change(model: Path, **what: object) -> None:
    """Change its recipe.json."""
    recipe = json.loads((model / "recipe.json").read_text())
    (model / "recipe.json").write_text(json.dumps(recipe | what))


def notes(models: Path) -> list[str | None]:
    recipes = [json.loads((models / name / "recipe.json").read_text()) for name in NAMES]
    return [recipe.get("note") for recipe in recipes]


def test_an_empty_volume_gets_all_models_once(image: Path, models: Path) -> None:
    models.rmdir()
    assert list(bring_shipped(image)) == NAMES
    assert [model.name for model in registry.complete_models()] == NAMES
    assert list(bring_shipped(image)) == []
    shutil.rmtree(models / "larger-cnn")
    assert list(bring_shipped(image)) == ["larger-cnn"]


def test_a_newer_image_brings_newer_models(image: Path, models: Path) -> None:
    list(bring_shipped(image))
    (models / "larger-cnn" / "history.csv").unlink()  # changed, on the volume
    assert list(bring_shipped(image)) == []
    assert not (models / "larger-cnn" / "history.csv").exists()
    change(image / "larger-cnn", note="newer")
    assert list(bring_shipped(image)) == ["larger-cnn"]
    assert notes(models) == ["newer", None]
    assert (models / "larger-cnn" / "history.csv").exists()


def test_what_was_trained_on_the_volume_stays(image: Path, models: Path) -> None:
    """A shipped model that was trained again, and one that had its name first."""
    shutil.copytree(SHIPPED / "simple-cnn", models / "mlp-baseline")
    assert list(bring_shipped(image)) == ["larger-cnn"]
    shutil.copy(SHIPPED / "simple-cnn" / "model.keras", models / "larger-cnn")
    for name in NAMES:
        change(image / name, note="newer")
    assert list(bring_shipped(image)) == []
    assert "newer" not in notes(models)


@pytest.mark.parametrize("damage", ["{", "[]", '{"larger-cnn": 5}'])
def test_without_its_notes_nothing_is_replaced(image: Path, models: Path, damage: str) -> None:
    list(bring_shipped(image))
    (models / shipping.NOTES).write_text(damage)
    change(image / "larger-cnn", note="newer")
    assert list(bring_shipped(image)) == []


def test_the_repository_needs_none(monkeypatch: pytest.MonkeyPatch, image: Path) -> None:
    monkeypatch.setenv("MODELS_DIR", str(image))
    assert list(bring_shipped(image)) == []
    assert sorted(path.name for path in image.iterdir()) == NAMES


def test_a_volume_that_cannot_be_written_to_is_reported(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MODELS_DIR", str(tmp_path / "file"))
    with pytest.raises(DiskError, match="make the folder writable"):
        list(bring_shipped(image))


def test_the_command_says_what_it_brings_and_two_may_run_at_once(models: Path) -> None:
    run = [sys.executable, "-m", "recognizer.models.shipping"]
    both = [
        subprocess.Popen(run, cwd=SHIPPED.parent, stdout=-1, env=os.environ, text=True)
        for _ in range(2)
    ]
    printed = "".join(process.communicate(timeout=60)[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert printed.count("robust-cnn: brought from the image") == 1
    assert {model.name for model in registry.complete_models()} >= {"robust-cnn", *NAMES}
