import pytest

from recognizer.batch.packed_model import PackedModel
from recognizer.batch.worker import Worker
from recognizer.models import registry


@pytest.fixture(scope="session")
def model() -> PackedModel:
    return PackedModel.of(registry.find_model(registry.DEFAULT_MODEL))


@pytest.fixture(scope="session")
def worker(model: PackedModel) -> Worker:
    return Worker(model, numbers=False)
