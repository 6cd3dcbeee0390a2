"""The answer: the reading of one digit, and what led to it, on the screen."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from recognizer.drawings.drawing import Drawing
from recognizer.drawings.preprocessing import SIDE
from recognizer.models.reading import Reading
from recognizer.ui import images
from recognizer.ui.charts.probabilities import probability_bars

SHOWN_SIDE = 5 * SIDE  # pixels: the 28x28 image, each pixel a square of five
BARS_HEIGHT = 152  # pixels


def show_reading(reading: Reading) -> None:
    """Show the digit, large and first, the confidence, and what the network saw."""
    tiles_side, bars_side = st.columns([1.35, 1])
    with tiles_side, st.container(horizontal=True, key="tiles"):
        say(*_headline(reading))
        alt = "The drawing as white ink on black, 28 by 28 pixels, as the network sees it"
        images.show(reading.image, alt, SHOWN_SIDE, "What the network sees")
        st.markdown(_how_sure(reading), width="content")
    with bars_side:
        show_probabilities(reading.probabilities, reading.no_digit)


def say(large: str, size: float) -> None:
    """Show the answer, `size` rem high: a screen reader says it as soon as it is there."""
    st.html(
        f'<div role="status" aria-live="polite" style="font-size:{size}rem">{large}</div>',
        width="content",
    )


def show_probabilities(
    probabilities: NDArray[np.float32], no_digit: float | None, height: int = BARS_HEIGHT
) -> None:
    """Show probabilities (10,) as bars, and in words for who cannot see them.

    `no_digit` is None where the network does not know non-digits; `height` is in pixels.
    """
    shares = ", ".join(f"{digit} {share:.0%}" for digit, share in enumerate(probabilities))
    none = "" if no_digit is None else f", no digit {no_digit:.0%}"
    chart = probability_bars(probabilities, no_digit, height)
    st.vega_lite_chart(chart, alt=f"Bars: {shares}{none}", key="probabilities")


def _headline(reading: Reading) -> tuple[str, float]:
    """The answer in as few characters as possible, and their size in rem."""
    if reading.status == "digit":
        return str(reading.digit), 6
    if not reading.looks_like_a_digit:
        return "?", 6
    if len(reading.likeliest) == 1:
        return f"{reading.digit}?", 6
    first, second = reading.likeliest
    return f"{first} or {second}?", 2.25


def in_a_word(reading: Reading) -> str:
    """The answer as short as it can be."""
    return _headline(reading)[0] if reading.looks_like_a_digit else "no digit"


def _how_sure(reading: Reading) -> str:
    """The confidence in words; a number only where the network is sure."""
    if reading.status == "digit":
        return f"{percent(reading.confidence)} sure"
    if not reading.looks_like_a_digit:
        return "**This does not look like a digit.**"
    if len(reading.likeliest) == 1:
        return f"**Not sure.** It might be {a(reading.likeliest[0])}, or no digit at all."
    first, second = reading.likeliest
    return f"**Not sure.** It might be {a(first)} or {a(second)}."


def show_blank(drawing: Drawing) -> None:
    """Say that there is nothing to read yet."""
    if drawing.strokes:
        st.info("This is only a dot. Draw a digit or a number.", icon=":material/draw:")
    else:
        st.info("Draw a digit or a number. Its reading appears here.", icon=":material/draw:")


def a(digit: int) -> str:
    """A digit with its article."""
    return f"an {digit}" if digit == 8 else f"a {digit}"


def percent(share: float) -> str:
    """A share in words that never say "100%": no network is certain."""
    return "More than **99.9%**" if share > 0.999 else f"**{share:.1%}**"
