"""A model as a download: its network in an open format, what it takes and gives, an example."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from string import Template
from threading import Lock

from recognizer.drawings.preprocessing import BOX, MIDDLE, PEN_WIDTH, SIDE
from recognizer.errors import ModelError
from recognizer.models.calibration import LEAST
from recognizer.models.checked import short
from recognizer.models.folder import ModelEntry
from recognizer.models.registry import ROOT, find_model

KERAS, LITERT, ONNX = "Keras", "LiteRT", "ONNX"
SUFFIXES = {KERAS: ".keras", LITERT: ".tflite", ONNX: ".onnx"}
EXAMPLE = Path(__file__).with_name("example.py.txt")
CALLS = {  # how the example calls the network; each takes (1, 28, 28, 1)
    KERAS: """import keras

    return keras.saving.load_model(path, compile=False).predict(images, verbose=0)""",
    LITERT: """from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(path).get_signature_runner()
    (name,) = runner.get_input_details()
    (probabilities,) = runner(**{name: images}).values()
    return probabilities""",
    ONNX: """import onnxruntime

    session = onnxruntime.InferenceSession(path)
    (name,) = [each.name for each in session.get_inputs()]
    (probabilities,) = session.run(None, {name: images})
    return probabilities""",
}
PATIENCE = 600  # seconds until a conversion is given up; on a busy machine it takes minutes
_converting = Lock()  # one at a time: each takes a gigabyte
PACKAGES = {KERAS: "keras tensorflow", LITERT: "ai-edge-litert", ONNX: "onnxruntime"}


def why_unavailable(model: ModelEntry, kind: str) -> str:
    """Why a model cannot be had in a format; empty if it can."""
    if kind == LITERT and not model.has_litert:
        return "`python train.py --upgrade` makes it."
    if kind == ONNX and not (find_spec("tf2onnx") and find_spec("onnx")):
        return "The converter is not installed: `pip install -r requirements-onnx.txt`."
    return ""


def bundle(model: ModelEntry, kind: str) -> bytes:
    """Pack a model into a zip file: the network, a JSON file about it, and an example.

    Args:
        model: What to pack.
        kind: KERAS, LITERT or ONNX; ONNX takes seconds.

    Raises:
        ModelError: It is not there any more, has changed, or could not be converted; also while
            another one is converted.
    """
    if find_model(model.name).version != model.version:
        raise ModelError(f"{model.name} was trained again just now. Open the page again.")
    file = model.name + SUFFIXES[kind]
    content = _onnx(model) if kind == ONNX else (model.path / f"model{SUFFIXES[kind]}").read_bytes()
    example = Template(EXAMPLE.read_text(encoding="utf-8"))
    code = example.substitute(file=file, name=model.name, call=CALLS[kind], pip=PACKAGES[kind])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(file, content)
        archive.writestr(f"{model.name}.json", json.dumps(about(model), indent=2) + "\n")
        archive.writestr("read_digit.py", code)
    return buffer.getvalue()


def about(model: ModelEntry) -> dict[str, object]:
    """What a network takes and gives, and how its probabilities are calibrated."""
    return {
        "name": model.name,
        "recipe": model.recipe.name,
        "accuracy_on_mnist": model.accuracy,
        "input": {
            "shape": ["n", SIDE, SIDE, 1],
            "dtype": "float32",
            "values": "ink 1 on paper 0: gray levels of MNIST, divided by 255",
        },
        "preprocessing": {
            "box": BOX,
            "pen_width": PEN_WIDTH,
            "center_of_mass": [MIDDLE, MIDDLE],
            "steps": [
                f"Scale the strokes so that they fit into {BOX}x{BOX} pixels, aspect kept.",
                f"Draw them with a round pen {PEN_WIDTH:g} pixels wide, edges smooth.",
                f"Place them in {SIDE}x{SIDE} pixels, center of mass at pixel {MIDDLE:g}.",
            ],
        },
        "output": {
            "shape": ["n", 10],
            "values": "the probability of each digit; the rest of a row to 1: no digit",
        },
        "calibration": asdict(model.calibration)
        | {
            "how": "p is the highest probability, at least "
            f"{LEAST:g} and at most 1 - {LEAST:g}. confidence = "
            "1 / (1 + exp(-(slope * log(p / (1 - p)) + shift))). Below the threshold: not sure."
        },
    }


def _onnx(model: ModelEntry) -> bytes:
    """Convert a model in a process of its own: that needs TensorFlow."""
    if not _converting.acquire(blocking=False):  # the server has a thread for each who waits
        raise ModelError("A model is being converted for somebody else. Try again in a minute.")
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _convert(model, Path(folder) / "model.onnx")
    finally:
        _converting.release()


def _convert(model: ModelEntry, file: Path) -> bytes:
    command = [sys.executable, "-m", "recognizer.models.onnx_export"]
    paths = [str(model.path.resolve()), str(file)]
    failed = f"{model.name} could not be converted to ONNX"
    try:
        run = subprocess.run(
            [*command, *paths],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"{failed} within {PATIENCE // 60} minutes.") from error
    if run.returncode:
        reason = run.stderr.strip().rpartition("\n")[2] or f"exit code {run.returncode}"
        raise ModelError(f"{failed}: {short(reason)}. Try again.")
    return file.read_bytes()
