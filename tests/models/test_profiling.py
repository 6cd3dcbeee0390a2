"""What a network costs."""

from types import SimpleNamespace

import pytest

from recognizer import Recognizer
from recognizer.models import keras_network, profiling, registry
from recognizer.models.csv_files import LAYER_COLUMNS, read_layers
from tests.conftest import SHIPPED


def test_the_layers_are_those_of_the_shipped_file() -> None:
    layers = profiling.layers_of(keras_network.load(registry.find_model("robust-cnn")))
    shipped = read_layers(SHIPPED / "robust-cnn")
    assert layers.columns.tolist() == LAYER_COLUMNS
    columns = ["type", "output", "parameters"]  # Keras numbers names within a process
    assert layers[columns].to_dict("list") == shipped[columns].to_dict("list")


def test_the_time_of_a_reading_is_the_median(
    recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter([0.0, 0.002, 1.0, 1.003, 2.0, 5.0])  # readings of 2, 3 and 3000 ms
    monkeypatch.setattr(profiling, "READINGS", 3)
    clock = SimpleNamespace(perf_counter=lambda: next(seconds))
    monkeypatch.setattr(profiling, "time", clock)
    assert profiling.reading_time(recognizer) == pytest.approx(3)


def test_the_speed_of_the_machine_is_measured_once() -> None:
    assert 0.1 < profiling.machine_speed() < 1e6  # GFLOPS
    assert profiling.machine_speed() == profiling.machine_speed()
