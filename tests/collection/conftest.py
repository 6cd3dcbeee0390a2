"""A collection to import into."""

from pathlib import Path

import pytest

from recognizer import Collection


@pytest.fixture
def empty(tmp_path: Path) -> Collection:
    """Another collection, to import into."""
    return Collection.open(f"sqlite:///{tmp_path / 'other.sqlite3'}")
