"""Models are loaded once for all visitors, whatever they ask for, and not all are kept."""

import gc
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

import pytest

from recognizer import Recognizer
from recognizer.ui import loading, navigation


class Loaded:
    """A recognizer."""


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> WeakSet[Loaded]:
    """The recognizers that are in memory."""
    kept = WeakSet[Loaded]()

    def load(_: object) -> Loaded:
        kept.add(recognizer := Loaded())
        return recognizer

    monkeypatch.setattr(Recognizer, "of", load)
    return kept


def ask_for(number: int) -> Any:
    model: Any = SimpleNamespace(version=f"version {number}")
    return loading.recognizer_of(model)


def test_a_model_is_loaded_once(loaded: WeakSet[Loaded]) -> None:
    assert ask_for(0) is ask_for(0)


def test_a_hundred_loads_keep_no_more_than_a_few_models(loaded: WeakSet[Loaded]) -> None:
    frozen = gc.get_freeze_count()
    for number in range(1, 101):
        ask_for(number)
    gc.collect()
    assert len(loaded) == loading.KEPT
    assert gc.get_freeze_count() <= frozen  # what is frozen stays for ever


def test_objects_are_frozen_only_when_modules_are_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = list[bool]()
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(True))
    navigation._freeze.cache_clear()
    for _ in range(100):
        navigation._freeze(7)
    assert frozen == [True]
