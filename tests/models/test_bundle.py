"""A model to take along: its example reads a picture in plain Python, in every format."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognizer import Drawing, Recognizer
from recognizer.drawings.rasterize import paint, place
from recognizer.errors import ModelError
from recognizer.models import bundle as bundles
from recognizer.models import registry
from recognizer.models.bundle import KERAS, LITERT, ONNX, bundle, why_unavailable
from tests.digits import DIGITS

SLOW = [pytest.param(kind, marks=pytest.mark.slow) for kind in (KERAS, ONNX)]  # need TensorFlow


@pytest.mark.parametrize("kind", [LITERT, *SLOW])
def test_the_example_reads_a_picture(tmp_path: Path, kind: str) -> None:
    model = registry.find_model("robust-cnn")
    with zipfile.ZipFile(io.BytesIO(bundle(model, kind))) as archive:
        archive.extractall(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        f"robust-cnn{bundles.SUFFIXES[kind]}",
        "robust-cnn.json",
        "read_digit.py",
    }
    picture = paint(place([np.array(s, dtype=float) for s in DIGITS[3]], 0.7), 22)
    cv2.imwrite(str(tmp_path / "three.png"), picture)
    command = [sys.executable, "read_digit.py", "three.png"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    digit, sure = run.stdout.split()
    assert (digit, float(sure.rstrip("%")) > 90) == ("3", True)


def test_the_json_file_calibrates_as_the_model_does() -> None:
    model = registry.find_model("robust-cnn")
    how = json.loads(json.dumps(bundles.about(model)))["calibration"]
    recognizer = Recognizer.of(model)
    reading = recognizer.read(Drawing.from_strokes(DIGITS[4]))
    top = float(recognizer.network(reading.image[np.newaxis]).max())
    odds = how["slope"] * np.log(top / (1 - top)) + how["shift"]
    assert 1 / (1 + np.exp(-odds)) == pytest.approx(reading.confidence, abs=1e-5)
    assert how["threshold"] == model.calibration.threshold


def test_what_cannot_be_had_is_said(keras_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = registry.find_model("larger-cnn")
    assert "--upgrade" in why_unavailable(model, LITERT)
    assert why_unavailable(model, KERAS) == why_unavailable(model, ONNX) == ""
    monkeypatch.setattr(bundles, "find_spec", lambda _: None)
    assert "requirements-onnx.txt" in why_unavailable(model, ONNX)


@pytest.mark.slow
def test_a_network_that_cannot_be_converted_is_reported(keras_copy: Path) -> None:
    with zipfile.ZipFile(keras_copy / "model.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(keras_copy / "model.keras", "w") as archive:
        for name, content in (members | {"model.weights.h5": b"damaged"}).items():
            archive.writestr(name, content)
    model = registry.find_model("larger-cnn")
    with pytest.raises(ModelError, match=r"could not be converted to ONNX: .*cannot be loaded"):
        bundle(model, ONNX)


def test_who_asks_while_a_model_is_converted_does_not_wait(
    model_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = registry.find_model("larger-cnn")
    with bundles._converting, pytest.raises(ModelError, match="Another model is being converted"):
        bundle(model, ONNX)
    monkeypatch.setattr(bundles, "PATIENCE", 0.01)
    with pytest.raises(ModelError, match="could not be converted in time"):
        bundle(model, ONNX)
    assert not bundles._converting.locked()
