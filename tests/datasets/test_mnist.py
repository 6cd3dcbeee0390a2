"""Finding, verifying and loading MNIST."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognizer.datasets import mnist
from recognizer.datasets.mnist import Mnist, find_mnist, load_mnist
from recognizer.errors import DamagedDatasetError, DatasetError, MissingDatasetError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keras's cache, empty; there is no other file, and nothing to download from."""
    monkeypatch.delenv("MNIST_NPZ", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("MNIST_URL", "http://localhost:1/mnist.npz")
    folder = tmp_path / "datasets"
    folder.mkdir()
    return folder


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Four small arrays in MNIST's place, and their hashes in place of MNIST's."""
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {
        "x_train": rng.integers(0, 256, (6, 28, 28), dtype=np.uint8),
        "y_train": np.arange(6, dtype=np.uint8),
        "x_test": rng.integers(0, 256, (2, 28, 28), dtype=np.uint8),
        "y_test": np.arange(2, dtype=np.uint8),
    }
    expected = {k: (a.shape, hashlib.sha256(a.tobytes()).hexdigest()) for k, a in arrays.items()}
    monkeypatch.setattr(mnist, "MNIST_ARRAYS", expected)
    monkeypatch.setattr(mnist, "TRAINING_IMAGES", 5)
    return arrays


def test_mnist_has_training_validation_and_test_images(mnist: Mnist) -> None:
    assert [len(split) for split in (mnist.training, mnist.validation, mnist.test)] == [
        50_000,
        10_000,
        10_000,
    ]
    assert mnist.training.images.shape[1:] == (28, 28)
    assert np.bincount(mnist.test.labels).tolist() == [
        *(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    ]


def test_the_file_named_in_the_environment_comes_first(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "named.npz"
    named.touch()
    (cache / "mnist.npz").touch()
    assert find_mnist() == cache / "mnist.npz"
    monkeypatch.setenv("MNIST_NPZ", str(named))
    assert find_mnist() == named


def test_a_missing_named_file_is_not_replaced_by_another_one(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cache / "mnist.npz").touch()
    monkeypatch.setenv("MNIST_NPZ", "nowhere.npz")
    with pytest.raises(MissingDatasetError, match=r"MNIST_NPZ is set to nowhere.npz"):
        find_mnist()


def test_without_a_file_and_offline_it_says_what_to_do(cache: Path) -> None:
    with pytest.raises(MissingDatasetError, match=r"could not be downloaded.*set MNIST_NPZ"):
        load_mnist()
    assert not list(cache.iterdir())


def test_a_complete_file_is_loaded(small: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "m.npz", **small)
    loaded = load_mnist(tmp_path / "m.npz")
    np.testing.assert_array_equal(loaded.training.images, small["x_train"][:5])
    np.testing.assert_array_equal(loaded.validation.labels, [5])


def test_arrays_with_another_hash_are_refused(small: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    small["y_train"][0] = 9
    np.savez(path, **small)
    with pytest.raises(DamagedDatasetError, match=r"y_train.*wrong content hash"):
        load_mnist(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x_test": np.zeros((2, 14, 14), np.uint8)}, r"x_test.*\(2, 14, 14\)"),
        ({"x_test": np.zeros((2, 28, 28))}, "x_test.*float64"),
    ],
)
def test_arrays_of_another_shape_or_type_are_refused(
    small: dict[str, Any], tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    np.savez(tmp_path / "m.npz", **(small | change))
    with pytest.raises(DamagedDatasetError, match=message):
        load_mnist(tmp_path / "m.npz")


@contextmanager
def _server(folder: Path, cut: int = 0) -> Iterator[str]:
    """Serve a folder on localhost; with `cut`, each answer lacks that many bytes."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def copyfile(self, source: Any, outputfile: Any) -> None:
            content = source.read()
            outputfile.write(content[: len(content) - cut])

    handler = partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(
            target=partial(server.serve_forever, poll_interval=0.02), daemon=True
        ).start()
        yield f"http://localhost:{server.server_port}/source.npz"
        server.shutdown()


class _Progress:
    """Counts what a download reports."""

    total = 0
    seen = 0

    def update(self, n: int) -> None:
        self.seen += n

    def reset(self) -> None:
        self.seen = 0

    def close(self) -> None: ...


@pytest.fixture
def source(small: dict[str, Any], cache: Path, tmp_path: Path) -> Path:
    """A file to download."""
    folder = tmp_path / "source"
    folder.mkdir()
    np.savez(folder / "source.npz", **small)
    return folder


def test_a_download_goes_to_the_cache_and_reports_its_progress(
    source: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = _Progress()
    with _server(source) as url:
        monkeypatch.setenv("MNIST_URL", url)
        assert len(load_mnist(progress=progress).training) == 5
    assert progress.total == (source / "source.npz").stat().st_size
    assert find_mnist() == cache / "mnist.npz"


def test_a_download_shows_a_progress_bar_in_the_terminal(
    source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with _server(source) as url:
        monkeypatch.setenv("MNIST_URL", url)
        load_mnist(progress=True)
    assert "100%" in capsys.readouterr().err


@pytest.mark.parametrize("cut", [1, 3000])
def test_an_incomplete_download_leaves_nothing(
    source: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    with _server(source, cut) as url:
        monkeypatch.setenv("MNIST_URL", url)
        with pytest.raises(DatasetError, match=r"could not be downloaded|not MNIST"):
            load_mnist()
    assert not list(cache.iterdir())


def test_a_download_of_something_else_leaves_nothing(
    source: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source / "source.npz").write_bytes(b"<html>Sign in</html>")
    with _server(source) as url:
        monkeypatch.setenv("MNIST_URL", url)
        with pytest.raises(DamagedDatasetError, match="is not MNIST; nothing was kept"):
            load_mnist()
    assert not list(cache.iterdir())
