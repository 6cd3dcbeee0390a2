"""What several tests share: data named in the environment, and folders of their own."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest

import tests.clusters  # noqa: F401 - sets variables before anything imports Ray
from recognizer import Collection, Recognizer
from recognizer.collection import database
from recognizer.datasets.mnist import Mnist, Split, find_mnist, load_mnist
from recognizer.datasets.strokes import StrokeDataset, load_strokes
from recognizer.errors import DatasetError
from recognizer.models import registry
from tests.collection.postgres import Missing, Server

# How long a test takes is measured by benchmarks: a machine may be busy with other work.
hypothesis.settings.register_profile("any speed", deadline=None)
hypothesis.settings.load_profile("any speed")

SHIPPED = Path(__file__).resolve().parents[1] / "models"


def lack(what: str) -> None:
    """Skip a test that lacks something; fail it where nothing may be skipped (as in CI)."""
    if os.environ.get("NOTHING_SKIPPED"):
        pytest.fail(f"{what}, and NOTHING_SKIPPED is set")
    pytest.skip(what)


@pytest.fixture(scope="session", autouse=True)
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test fetches UniPen, or finds what was fetched before; nor does an app that it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNIPEN_URL", "http://localhost:1/records/not-in-tests")
        patch.setenv("UNIPEN_DIR", str(tmp_path_factory.mktemp("unipen")))
        patch.delenv("UNIPEN_ARCHIVE", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def own_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test keeps drawings in the real database; nor does an app that it starts."""
    with pytest.MonkeyPatch.context() as patch:
        file = tmp_path_factory.mktemp("drawings") / "drawings.sqlite3"
        patch.setenv("DRAWINGS_URL", f"sqlite:///{file}")
        yield
    database.close_all()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, started when the first test asks for it."""
    try:
        server = Server()
    except Missing as error:
        lack(str(error))
        raise
    server.start()
    yield server
    server.stop()
    server.remove()


@pytest.fixture(scope="session")
def template(postgres: Server) -> Iterator[str]:
    """The name of a database with empty tables: a copy is made sooner than they are."""
    with postgres.database() as url:
        Collection.open(url)
        database.close_all()
        yield url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def in_postgres(request: pytest.FixtureRequest) -> bool:
    """Whether a test is run with PostgreSQL this time, or with SQLite."""
    return bool(request.param == "postgresql")


@pytest.fixture
def file_url(tmp_path: Path) -> Iterator[str]:
    """A file of SQLite that is not there yet."""
    yield f"sqlite:///{tmp_path / 'drawings.sqlite3'}"
    database.close_all()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, in_postgres: bool) -> Iterator[str]:
    """A new database without tables: a file of SQLite, and one on a PostgreSQL server."""
    if not in_postgres:
        yield request.getfixturevalue("file_url")
        return
    with request.getfixturevalue("postgres").database() as url:
        yield url
        database.close_all()


@pytest.fixture
def file_collection(file_url: str) -> Collection:
    """An empty collection in SQLite."""
    return Collection.open(file_url)


@pytest.fixture
def server_collection(postgres: Server, template: str) -> Iterator[Collection]:
    """An empty collection in PostgreSQL."""
    with postgres.database(template) as url:
        yield Collection.open(url)
        database.close_all()


@pytest.fixture
def collection(request: pytest.FixtureRequest, in_postgres: bool) -> Collection:
    """An empty collection: in SQLite, and in PostgreSQL."""
    found: Collection = request.getfixturevalue(
        "server_collection" if in_postgres else "file_collection"
    )
    return found


@pytest.fixture(scope="session")
def mnist() -> Mnist:
    """MNIST itself, if it is on this machine; tests download nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_URL", "http://localhost:1/not-in-tests")
        try:
            return load_mnist(find_mnist())
        except DatasetError as error:
            lack(str(error))
            raise


@pytest.fixture(scope="session")
def pen_digits() -> StrokeDataset:
    return _drawings("PEN_DIGITS")


@pytest.fixture(scope="session")
def pen_non_digits() -> StrokeDataset:
    return _drawings("PEN_OTHERS")


@pytest.fixture(scope="session")
def pen_numbers() -> StrokeDataset:
    """Real numbers, of the file that PEN_NUMBERS names."""
    return _drawings("PEN_NUMBERS")


def _drawings(variable: str) -> StrokeDataset:
    path = os.environ.get(variable)
    if not path:
        lack(f"{variable} names no file of drawings")
    return load_strokes(Path(str(path)))


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    return Recognizer.load(registry.DEFAULT_MODEL)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models, used instead of the shipped ones."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("MODELS_DIR", str(folder))
    return folder


@pytest.fixture
def model_copy(models: Path) -> Path:
    """The folder of one complete model, which a test may damage."""
    return Path(shutil.copytree(SHIPPED / "larger-cnn", models / "larger-cnn"))


@pytest.fixture
def keras_copy(model_copy: Path) -> Path:
    """The same as older versions wrote it: without model.tflite, so that Keras reads."""
    (model_copy / "model.tflite").unlink()
    return model_copy


@pytest.fixture(scope="session")
def tiny() -> Mnist:
    """Images that a network learns in seconds: the label is the row of a bright bar."""
    rng = np.random.default_rng(0)

    def split(size: int) -> Split:
        labels = rng.integers(0, 10, size).astype(np.uint8)
        images = rng.integers(0, 40, (size, 28, 28)).astype(np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[2 * label + 4 : 2 * label + 6, 4:24] = 255
        return Split(images, labels)

    return Mnist(split(400), split(100), split(100))
