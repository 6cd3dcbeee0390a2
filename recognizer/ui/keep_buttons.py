"""The buttons that confirm a reading or correct it, and so let the app keep the drawing."""

from collections.abc import Sequence

import streamlit as st

from recognizer.datasets.mnist import CLASSES
from recognizer.drawings.drawing import Drawing
from recognizer.ui import keeping
from recognizer.ui.answer import a
from recognizer.ui.keeping import Answer, labels
from recognizer.ui.number_answer import chosen_digit, ordinal
from recognizer.ui.permission import permission
from recognizer.ui.visitor import remember


def offer_to_keep(drawing: Drawing, answers: Sequence[Answer]) -> None:
    """Show the buttons that confirm or correct a reading, or what was kept of this drawing.

    Args:
        drawing: All that is on the canvas.
        answers: Its digits; none where there is nothing to keep. Most buttons are about the
            chosen one.
    """
    with st.container(key="keep", gap="xsmall"):
        if not answers:
            return
        keeping.prepare()
        chosen = chosen_digit(answers)
        rest = [answer for answer in answers if answer.id not in labels()]
        if not rest and len(answers) > 1:
            _show_all_kept(answers, chosen)
        elif answers[chosen] in rest:
            _show_buttons(answers, chosen, rest)
        else:
            _show_kept(answers, chosen, rest)
        keeping.keep_unlabeled(drawing, answers)
        _show_remarks(answers)
        remember()


def _show_buttons(answers: Sequence[Answer], chosen: int, rest: Sequence[Answer]) -> None:
    """The buttons that label the chosen digit, or confirm all that are not kept yet."""
    answer = answers[chosen]
    with st.container(horizontal=True, gap="xxsmall", key="labels"):
        _correct("Correct", rest, disabled=len(answers) == 1 and not answer.is_definite)
        for label in (*range(CLASSES), None):
            st.button(
                "Not a digit" if label is None else str(label),
                key="label-none" if label is None else f"label-{label}",
                shortcut="N" if label is None else str(label),
                on_click=_keep_chosen,
                args=[answers, label],
            )


def _keep_chosen(answers: Sequence[Answer], label: int | None) -> None:
    """Keep the digit that is chosen when the button is pressed: not always that of the last run."""
    keeping.keep([(answers[chosen_digit(answers)], label)])


def _forget_chosen(answers: Sequence[Answer]) -> None:
    """Take back that the chosen digit is kept."""
    keeping.forget([answers[chosen_digit(answers)].id])


def _correct(words: str, rest: Sequence[Answer], *, disabled: bool = False) -> None:
    """The button that keeps digits as they were read."""
    st.button(
        words,
        key="correct",
        icon=":material/check:",
        shortcut="Y",
        on_click=keeping.keep,
        args=[[(answer, answer.read_as) for answer in rest]],
        disabled=disabled,
    )


def _show_kept(answers: Sequence[Answer], chosen: int, rest: Sequence[Answer]) -> None:
    """Say that the chosen digit is kept, and offer to take that back, or to keep the others."""
    answer = answers[chosen]
    label = labels()[answer.id]
    what = "as no digit" if label is None else f"as {a(label)}"
    words = f"The {ordinal(chosen)} digit is kept {what}." if rest else f"Kept {what}."
    with st.container(horizontal=True, vertical_alignment="center", key="kept"):
        st.markdown(f":material/check_circle: **{words}**", width="content")
        st.button("Undo", key="undo-keep", on_click=_forget_chosen, args=[answers])
        if rest:
            _correct("The others are correct" if len(rest) > 1 else "The other is correct", rest)


def _show_all_kept(answers: Sequence[Answer], chosen: int) -> None:
    """Say that all digits of a number are kept, and offer to take that back."""
    said = [labels()[answer.id] for answer in answers]
    what = " ".join("none" if label is None else str(label) for label in said)
    with st.container(horizontal=True, vertical_alignment="center", key="kept"):
        st.markdown(f":material/check_circle: **Kept, each by itself: {what}.**", width="content")
        ids = [answer.id for answer in answers]
        st.button("Undo all", key="undo-all", on_click=keeping.forget, args=[ids])
        words = f"Undo the {ordinal(chosen)}"
        st.button(words, key="undo-keep", on_click=_forget_chosen, args=[answers])


def _show_remarks(answers: Sequence[Answer]) -> None:
    """What there is to say of those that are kept, and of the one that could not be."""
    ids = {answer.id for answer in answers}
    if ids & set(labels()) and not permission().given:
        st.caption("Models learn from what is kept once somebody has reviewed it.")
    if ids & set(labels()) & set(st.session_state.get(keeping.EXPLAINED, [])):
        st.caption(keeping.WHAT_IS_KEPT)
    failed, words = st.session_state.get(keeping.PROBLEM, ("", ""))
    if failed in ids:
        st.warning(words, icon=":material/cloud_off:")
