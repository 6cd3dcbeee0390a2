import sys
from types import ModuleType

import pytest

from recognizer.batch.packed_model import PackedModel
from recognizer.batch.worker import Worker
from recognizer.models import registry


@pytest.fixture(autouse=True)
def plain_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """New processes run the main module again; Streamlit's tests leave a page there."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


@pytest.fixture(scope="session")
def model() -> PackedModel:
    return PackedModel.of(registry.find_model(registry.DEFAULT_MODEL))


@pytest.fixture(scope="session")
def worker(model: PackedModel) -> Worker:
    return Worker(model.load(), numbers=False)
