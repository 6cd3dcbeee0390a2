"""The answer to a number of several digits: its text, and each digit, one of which is chosen."""

from collections.abc import Collection, Sized

import cv2
import numpy as np
import streamlit as st

from recognizer.models.reading import NumberReading
from recognizer.ui.answer import in_a_word, percent, say, show_probabilities
from recognizer.ui.canvas import Marked
from recognizer.ui.svg import data_url

CHOICE, CHOICE_OF = "digit", "digit_of"  # in the session: which digit, and of what
SHOWN = 2  # alternatives
MARGIN = 3  # pixels, between a digit's ink and the box around it
LETTERS = 20  # rem: the sizes of the text's characters, added up
LEAST_SHARE = 0.001  # of an alternative that is worth a word


def show_number(number: NumberReading, kept: Collection[int]) -> list[Marked]:
    """Show the number, how sure that is, and its digits, of which the visitor chooses one.

    Args:
        number: Of two digits or more.
        kept: The positions of the digits that the visitor has let the app keep.

    Returns:
        The boxes of the digits, to show over the canvas.
    """
    least = _least_certain(number)
    _choose_at_first(number, least)
    chosen = chosen_digit(number.digits)
    tiles = [_tile(number, at, at == least, at in kept) for at in range(len(number.digits))]
    digits_side, bars_side = st.columns([1, 1.05])
    with digits_side:
        with st.container(horizontal=True, key="number"):
            text = _text(number) if _is_legible(number) else "?"
            say(text, max(min(4, LETTERS / len(text)), 1.5))
            st.markdown(_how_sure(number))
        st.pills(
            "The digits, as the network sees them",
            range(len(tiles)),
            format_func=lambda at: tiles[at],
            key=CHOICE,
            required=True,
            wrap=True,
        )
    with bars_side:
        if _is_legible(number):
            st.markdown(_about_least(number, least) + _other_texts(number))
        digit = number.digits[chosen]
        st.caption(f"The {ordinal(chosen)} digit")
        show_probabilities(digit.probabilities, digit.no_digit)
    return _boxes(number, chosen, least)


def chosen_digit(digits: Sized) -> int:
    """The position of the digit that the visitor chose; of one digit, 0."""
    chosen = st.session_state.get(CHOICE)
    return chosen if isinstance(chosen, int) and chosen < len(digits) else 0


def _choose_at_first(number: NumberReading, least: int) -> None:
    """Choose a digit when there is another number."""
    this = number.text, [each.box for each in number.digits]
    known = isinstance(st.session_state.get(CHOICE), int)
    if st.session_state.get(CHOICE_OF) != this or not known:
        st.session_state[CHOICE_OF], st.session_state[CHOICE] = this, least


def _least_certain(number: NumberReading) -> int:
    """The position of the least certain digit."""
    return int(np.argmin([each.confidence for each in number.digits]))


def _is_legible(number: NumberReading) -> bool:
    """Whether there is a text worth showing: a number, perhaps with a piece that is no digit."""
    odd = sum(not each.looks_like_a_digit for each in number.digits)
    return number.looks_like_a_number or 0 < odd <= len(number.digits) / 2


def in_short(number: NumberReading) -> tuple[str, str]:
    """What was read, as short as it can be, and how sure that is."""
    if len(number.digits) == 1:
        (reading,) = number.digits
        text, sure, confidence = in_a_word(reading), reading.status == "digit", reading.confidence
    else:
        text, sure, confidence = _text(number), number.status == "number", number.confidence
    return text, f"{percent(confidence)} sure" if sure else "not sure"


def _text(number: NumberReading) -> str:
    if not _is_legible(number):
        return "no number"
    return number.text if number.status == "number" else f"{number.text}?"


def _how_sure(number: NumberReading) -> str:
    """The confidence in words; a number only where the network is sure."""
    if number.status == "number":
        return f"{percent(number.confidence)} sure"
    if not _is_legible(number):
        return "**This does not look like a number.**"
    texts = [f"**{text}**" for text in (number.text, *(text for text, _ in number.alternatives))]
    return f"**Not sure.** It might be {_or(texts[: SHOWN + 1])}."


def _about_least(number: NumberReading, least: int) -> str:
    """The least certain digit, and what it may be instead."""
    reading, which = number.digits[least], f"The {ordinal(least)} digit is the least certain"
    if not reading.looks_like_a_digit:
        return f"{which}: it does not look like a digit."
    shares = {f"**{digit}**": float(share) for digit, share in enumerate(reading.probabilities)}
    shares["no digit"] = reading.no_digit
    read = f"**{reading.digit}**"
    others = sorted(shares.items(), key=lambda each: -each[1])
    others = [each for each in others if each[0] != read]
    words = [f"{what} ({_share(share)})" for what, share in _worth_a_word(others)]
    return f"{which}: {read}, or {_or(words)}."


def _worth_a_word(others: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """The likeliest alternatives; the first in any case."""
    return [each for at, each in enumerate(others[:SHOWN]) if not at or each[1] >= LEAST_SHARE]


def _other_texts(number: NumberReading) -> str:
    """The next best texts, where they are not named already."""
    others = [each for each in number.alternatives[:SHOWN] if each[1] >= LEAST_SHARE]
    if number.status != "number" or not others:
        return ""
    return f" Next: {_or([f'**{text}** ({_share(share)})' for text, share in others])}."


def _tile(number: NumberReading, at: int, is_least: bool, is_kept: bool) -> str:
    """A digit's image, what it was read as, and how sure that is, as Markdown."""
    reading = number.digits[at]
    png = cv2.imencode(".png", reading.image)[1].tobytes()
    digit = f"{reading.digit}{'' if reading.status == 'digit' else '?'}"
    read = f"**{digit}** {_at_most(reading.confidence)}" if reading.looks_like_a_digit else "**?**"
    kept = " :material/check:" if is_kept else ""
    least = " *least certain*" if is_least else ""
    return f"![{ordinal(at)} digit]({data_url(png, 'png')}) {read}{kept}{least}"


def _boxes(number: NumberReading, chosen: int, least: int) -> list[Marked]:
    boxes = []
    for at, digit in enumerate(number.digits):
        x, y, width, height = digit.box or (0, 0, 0, 0)
        kind = " ".join(["chosen"] * (at == chosen) + ["least"] * (at == least))
        around = x - MARGIN, y - MARGIN, width + 2 * MARGIN, height + 2 * MARGIN
        boxes.append(Marked(around, kind))
    return boxes


def ordinal(at: int) -> str:
    """A position, from 0 on, in words: "1st", "2nd"."""
    number = at + 1
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"


def _or(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _share(share: float) -> str:
    """A probability in words."""
    if share < LEAST_SHARE:
        return f"less than {LEAST_SHARE:.1%}"
    return f"{share:.0%}" if round(share, 3) >= 0.1 else f"{share:.1%}"


def _at_most(share: float) -> str:
    """A confidence in few characters, never "100%"."""
    return f"{min(share, 0.999):.1%}"
