"""Undo and Redo: no press is lost, however late the browser reports what it shows."""

from hypothesis import given
from hypothesis import strategies as st

from recognizer.ui.history import KEPT, LENGTH, History, Objects


def strokes(*names: object) -> Objects:
    return [{"type": "Path", "path": [["M", name, 0]]} for name in names]


def drawn(*names: object) -> History:
    history = History()
    history.take(strokes(*names), history.number)
    return history


def test_each_stroke_is_a_step_even_if_several_are_reported_together() -> None:
    history = drawn(1, 2, 3)
    history.undo()
    assert history.current == strokes(1, 2)
    history.redo()
    assert history.current == strokes(1, 2, 3)
    assert not history.can_redo


def test_a_report_of_what_undo_has_replaced_is_not_a_new_stroke() -> None:
    history = drawn(1, 2, 3, 4, 5, 6)
    for left in range(5, -1, -1):
        history.undo()
        history.give()
        history.take(strokes(1, 2, 3, 4, 5, 6), 0)  # the browser shows no undo yet
        assert history.current == strokes(*range(1, left + 1))
    history.take(strokes(1, 2, 3, 4), 2)  # one that was replaced in between
    assert history.current == []
    assert not history.can_undo


def test_what_was_cleared_can_be_drawn_again_just_so() -> None:
    history = drawn(1, 2)
    history.clear()
    history.give()
    history.take(strokes(1, 2), 1)
    assert history.current == strokes(1, 2)
    assert history.can_undo


def test_a_new_stroke_ends_redo() -> None:
    history = drawn(1, 2)
    history.undo()
    history.give()
    history.take(strokes(1, 3), 1)
    assert not history.can_redo
    history.undo()
    assert history.current == strokes(1)


def test_undo_brings_back_what_clear_removed() -> None:
    history = drawn(1, 2)
    history.replace([])
    history.give()
    history.take(strokes(1, 2), 0)
    assert history.current == []
    history.undo()
    assert history.current == strokes(1, 2)


def test_there_is_nothing_before_the_first_stroke_nor_after_the_last() -> None:
    history = drawn(1)
    history.redo()
    assert history.current == strokes(1)
    history.undo()
    history.undo()
    assert history.current == []


def test_old_drawings_are_forgotten() -> None:
    history = History()
    for number in range(3 * KEPT):
        history.take(strokes(number), 0)
    for _ in range(3 * KEPT):
        history.undo()
    assert history.current == strokes(2 * KEPT)


STEPS = st.lists(
    st.tuples(st.sampled_from(["draw", "undo", "redo", "clear", "shown"]), st.integers(1, 3)),
    max_size=40,
)


@given(STEPS)
def test_whatever_comes_late_the_drawing_is_what_was_asked_for(
    steps: list[tuple[str, int]],
) -> None:
    """A browser that shows a change only at "shown", and reports what it shows at each press."""
    history, wanted, undone = History(), [strokes()], list[Objects]()
    shown, number = strokes(), history.number
    for step, stroke in steps:
        if step in ("draw", "shown"):  # by the time that somebody draws, it has caught up
            shown, number = wanted[-1], history.number
        if step == "draw":  # maybe the same stroke as before
            shown = [*shown, *strokes(stroke)]
            wanted, undone = [*wanted, shown], []
        history.take(shown, number)
        if step == "undo":
            history.undo()
            if wanted[1:]:
                undone.append(wanted.pop())
        elif step == "redo":
            history.redo()
            if undone:
                wanted.append(undone.pop())
        elif step == "clear":
            history.clear()
            wanted, undone = [*wanted, []], []
        if step in ("undo", "redo", "clear"):
            history.give()
        assert history.current == wanted[-1]
        assert history.can_undo == bool(wanted[1:])
        assert history.can_redo == bool(undone)


def test_long_drawings_are_not_kept_without_end() -> None:
    history = History()
    for number in range(1, KEPT):
        history.take([{"type": "Path", "path": [["M", number, 0]] * (LENGTH // 10)}], 0)
    assert history.current[0]["path"][0] == ["M", KEPT - 1, 0]
    steps = 0
    while history.can_undo:
        history.undo()
        steps += 1
    assert 5 < steps < 10
    history.take([{"type": "Path", "path": [["M", 0, 1]] * LENGTH}], 0)
    assert len(history.current[0]["path"]) == LENGTH
    assert not history.can_undo
