"""LiteRT reads as Keras does, without TensorFlow, from any number of threads."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from numpy.typing import NDArray

from recognizer import Drawing, Recognizer
from recognizer.datasets.mnist import Mnist
from recognizer.drawings.preprocessing import to_mnist
from recognizer.errors import ModelError
from recognizer.models import keras_network, registry
from recognizer.models.evaluation import network_of
from recognizer.models.litert import LiteRTNetwork
from recognizer.models.parallel import BATCH, in_batches
from recognizer.training.maintenance import upgrade_models
from tests.conftest import SHIPPED
from tests.digits import DIGITS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def images() -> NDArray[np.uint8]:
    """Digits, noise, and nothing."""
    digits = [to_mnist(Drawing.from_strokes(strokes)) for strokes in DIGITS.values()]
    noise = np.random.default_rng(0).integers(0, 256, (30, 28, 28), dtype=np.uint8)
    return np.concatenate([digits, noise, np.zeros((1, 28, 28), np.uint8)])


@pytest.fixture(scope="module")
def network() -> LiteRTNetwork:
    return LiteRTNetwork((SHIPPED / "robust-cnn" / "model.tflite").read_bytes())


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name == "robust-cnn" else pytest.mark.slow)
        for name in registry.names()
    ],
)
def test_every_shipped_model_reads_as_with_keras(name: str, images: NDArray[np.uint8]) -> None:
    with_keras = keras_network.compiled(keras_network.load(registry.find_model(name)))
    found = Recognizer.load(name).network(images)
    np.testing.assert_allclose(found, with_keras(images), atol=keras_network.AGREEMENT)


@pytest.mark.parametrize("name", registry.names())
def test_the_noted_predictions_are_those_of_litert(name: str, mnist: Mnist) -> None:
    report = registry.load_report(name)
    found = Recognizer.load(name).network(mnist.test.images[:500])
    np.testing.assert_allclose(found, report.probabilities[:500], atol=keras_network.AGREEMENT)


READ_ALL = """
import sys
from recognizer import Drawing, Recognizer
from recognizer.models import registry

for name in registry.names():
    assert Recognizer.load(name).read(Drawing.from_strokes([[(50, 50), (50, 250)]])).digit == 1
print(*sorted({"tensorflow", "keras"} & set(sys.modules)))
"""


def read_all(before: str = "") -> str:
    """Read with every model in a new process; returns what of TensorFlow it imported."""
    command = [sys.executable, "-c", before + READ_ALL]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_reading_needs_no_tensorflow() -> None:
    assert read_all() == ""


@pytest.mark.slow
def test_where_there_is_no_litert_keras_reads() -> None:
    assert read_all("import sys; sys.modules['ai_edge_litert'] = None\n") == "keras tensorflow"


def test_a_folder_without_the_file_is_read_with_keras_until_it_is_upgraded(
    keras_copy: Path, mnist: Mnist
) -> None:
    drawings = [Drawing.from_strokes(strokes) for strokes in DIGITS.values()]
    assert not registry.find_model("larger-cnn").has_litert
    before = Recognizer.load("larger-cnn")
    (keras_copy / "misclassified.npz").unlink()
    assert list(upgrade_models(mnist)) == [("larger-cnn", "upgraded")]
    assert list(upgrade_models(mnist)) == [("larger-cnn", "lacks nothing")]
    assert (keras_copy / "misclassified.npz").exists()
    assert registry.find_model("larger-cnn").has_litert
    after = Recognizer.load("larger-cnn")
    for one, other in zip(before.read_many(drawings), after.read_many(drawings), strict=True):
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-4)


def test_threads_get_their_own_results(network: LiteRTNetwork, images: NDArray[np.uint8]) -> None:
    parts = [images[: 1 + number % len(images)] for number in range(200)]  # of many sizes
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(network, parts))
    expected = network(images)
    for part in found:
        np.testing.assert_allclose(part, expected[: len(part)], atol=1e-6)


@pytest.mark.skipif(os.cpu_count() == 1, reason="one core")
def test_two_threads_read_at_the_same_time(images: NDArray[np.uint8]) -> None:
    """Each gets an interpreter while the other one still has its own."""
    network, both = (
        LiteRTNetwork((SHIPPED / "robust-cnn" / "model.tflite").read_bytes()),
        Barrier(2),
    )

    def take(_: int) -> int:
        with network.interpreter() as runner:
            both.wait(60)
            return id(runner)

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(take, range(2)))) == 2


def test_an_interpreter_that_fails_is_replaced(network: LiteRTNetwork) -> None:
    with pytest.raises((ValueError, RuntimeError)):
        network(np.zeros((1, 27, 28), np.uint8))
    assert network(np.zeros((1, 28, 28), np.uint8)).shape == (1, 10)


@pytest.mark.parametrize("count", [0, 1, BATCH, BATCH + 1, 3 * BATCH])
def test_a_network_is_called_with_some_images_at_a_time(count: int) -> None:
    sizes: list[int] = []

    def first_pixels(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        sizes.append(len(images))
        return images[:, 0, :10].astype(np.float32)

    images = np.random.default_rng(0).integers(0, 256, (count, 28, 28), dtype=np.uint8)
    np.testing.assert_array_equal(in_batches(first_pixels)(images), images[:, 0, :10])
    assert max(sizes, default=0) <= BATCH
    assert sum(sizes) == count


def test_an_export_that_reads_otherwise_is_refused(
    tmp_path: Path, images: NDArray[np.uint8]
) -> None:
    model = keras_network.load(registry.find_model("larger-cnn"))
    expected = network_of(model)(images)
    file = tmp_path / "model.tflite"
    keras_network.export_litert(model, file, images, expected)
    assert file.exists()
    expected[3] += 2 * keras_network.AGREEMENT
    with pytest.raises(ModelError, match="does not read as Keras does"):
        keras_network.export_litert(model, file, images, expected)
    assert not file.exists()
