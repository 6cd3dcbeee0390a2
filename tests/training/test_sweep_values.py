"""Several values as a person types them, and the trainings that they make."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.errors import RequestError
from recognizer.training.request import TrainingRequest
from recognizer.training.sweep import MOST, combine, decimals, seeds, whole_numbers

TYPED = st.one_of(
    st.text(max_size=30),
    st.lists(st.sampled_from(["0-4", "7", "-", "9-2", "1e-3", "0-9999999999999999999", " "])).map(
        ", ".join
    ),
)


PARSERS = [(whole_numbers, int), (seeds, int), (decimals, float)]


@given(TYPED, st.sampled_from(PARSERS))
def test_whatever_is_typed_is_values_or_a_reason(
    text: str, parser: tuple[Callable[[str], list[object]], type]
) -> None:
    parse, kind = parser
    try:
        values = parse(text)
    except RequestError:
        return
    assert len(set(map(str, values))) == len(values) > 0
    assert all(isinstance(value, kind) for value in values)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2-", "'2-' is no value."),
        ("x", "'x' is no value."),
        ("1.5", "'1.5' is no value."),
        ("-3", "'-3' is no value."),
        ("4-2", "'4-2' is no value."),
        ("0-99999999999999999999", "are 100,000,000,000,000,000,000 values. Give 1,000 at most."),
        ("1-", "'1-' is no value."),
        ("0x1", "'0x1' is no value."),
        ("0-1000000000", "are 1,000,000,001 values. Give 1,000 at most."),
        ("", "Give at least one value."),
        (" , ", "Give at least one value."),
    ],
)
def test_what_are_no_values_is_said(text: str, words: str) -> None:
    with pytest.raises(RequestError, match=words.replace(".", r"\.")):
        whole_numbers(text)


def test_too_many_combinations_are_refused_before_they_are_made() -> None:
    many = range(MOST)
    values = {"epochs": many, "batch_size": many, "seed": many, "learning_rate": many}
    with pytest.raises(RequestError, match="1,000,000,000,000 trainings"):
        combine(TrainingRequest("mlp-baseline", "mine"), values)
