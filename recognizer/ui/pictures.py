"""Pictures and photographs: read once, shown with what was found, and saved as a table."""

from __future__ import annotations

import html
import threading
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pandas as pd
import streamlit as st

from recognizer.drawings.arrays import Image
from recognizer.drawings.boxes import Box
from recognizer.drawings.drawing import Drawing
from recognizer.drawings.layout import MOST
from recognizer.drawings.picture_files import read_picture
from recognizer.drawings.preprocessing import ink_steps
from recognizer.errors import PictureError
from recognizer.models.reading import NumberReading
from recognizer.models.recognizer import Recognizer
from recognizer.ui import images
from recognizer.ui.markdown import plain
from recognizer.ui.marks import marked

KEPT = 24  # pictures whose reading a session keeps; the least recently read goes first
KEPT_STEPS = 4  # pictures whose steps it keeps
LIKELY = 0.01  # a less probable alternative is not worth its place
STEP_SIDE = 200  # pixels, of the picture of a step
DIGIT_SIDE = 84  # pixels, of a digit as the network sees it
SHOWN_DIGITS = 40
CROWDED = 0.7  # of the digits that can be read in a picture: more may be there
NO_DIGITS = (
    "Write with a dark pen on light paper, fill the picture with the numbers, and take it in even "
    "light. Then choose the new picture."
)
# A picture of 24 megapixels takes a quarter of a gigabyte while it is read: one at a time does.
_reading = threading.Lock()


@dataclass(frozen=True, eq=False)
class Picture:
    """A file that was uploaded, or a photograph that was taken.

    Attributes:
        id: Tells it from the others.
        name: To be shown; it may hold anything.
        content: The whole file.
    """

    id: str
    name: str
    content: bytes


@dataclass(frozen=True, eq=False)
class Found:
    """What is found in a picture: lines of numbers, or why there are none.

    Attributes:
        lines: The numbers, from left to right in each line; without their drawings.
        marked: The picture with its digits marked, as JPEG.
        problem: Why the file cannot be read; empty if it can.
    """

    lines: list[list[NumberReading]]
    marked: bytes = b""
    problem: str = ""

    @property
    def numbers(self) -> list[tuple[int, NumberReading]]:
        """Each number with the number of its line, from 1."""
        return [(at, number) for at, line in enumerate(self.lines, 1) for number in line]


# Kept for a session alone, as what is in a picture is nobody else's business.
@st.cache_data(max_entries=KEPT, scope="session", show_spinner=False)
def find_numbers(content: bytes, _recognizer: Recognizer, version: str) -> Found:
    """Read a picture's file, unless this session has read it with this version of a model."""
    try:
        with _reading:
            pixels = read_picture(content)
            lines = _recognizer.read_lines(Drawing.from_photo(pixels))
            shown = marked(pixels, [number for line in lines for number in line])
    except PictureError as error:
        return Found([], problem=str(error))
    # The drawings are as large as the picture, and not needed here.
    lines = [[replace(each, drawings=()) for each in line if each.text] for line in lines]
    return Found([line for line in lines if line], _jpeg(shown))


def _jpeg(picture: Image) -> bytes:
    quality = [cv2.IMWRITE_JPEG_QUALITY, 88]
    return cv2.imencode(".jpg", picture[..., ::-1], quality)[1].tobytes()


def show(picture: Picture, found: Found) -> None:
    """Show a picture and what was found in it, or what is wrong with it."""
    with st.container(border=True, key=f"picture-{picture.id}"):
        # As HTML, because Markdown would make a link of some names whatever is done to them.
        st.html(f"<h2><bdi>{html.escape(picture.name)}</bdi></h2>")
        if found.problem:
            st.error(plain(found.problem), title="Not read", icon=":material/broken_image:")
            return
        picture_side, numbers_side = st.columns([3, 2])
        numbers = [number.text for _, number in found.numbers]
        alt = f"{picture.name}, in which these numbers are marked: {', '.join(numbers) or 'none'}"
        picture_side.image(found.marked, alt=alt)
        with numbers_side:
            if found.lines:
                _show_numbers(found, picture.id)
            else:
                st.info(NO_DIGITS, title="No digits found", icon=":material/search_off:")
        _show_steps(picture, found)


def _show_numbers(found: Found, id: str) -> None:
    """The numbers as text to copy, line by line, and how sure each is."""
    words = f"{counted(len(found.numbers), 'number')} in {counted(len(found.lines), 'line')}"
    # A live region: a screen reader says so as soon as it is there.
    st.html(f'<p role="status">{words}</p>')
    text = "\n".join(" ".join(in_short(number) for number in line) for line in found.lines)
    st.code(text, language=None, wrap_lines=True)
    if any(number.status == "unsure" for _, number in found.numbers):
        st.caption("A question mark means not sure. Such digits have a dashed box.")
    if sum(len(number.digits) for _, number in found.numbers) > CROWDED * MOST:
        st.caption(
            f"No more than {MOST} digits of a picture are read, the largest ones. If some are "
            "missing, take a picture of each part of the page."
        )
    rows = [
        {
            "Line": line,
            "Number": in_short(number),
            "Sure": _percent(number.confidence),
            "Or else": ", ".join(
                f"{text} ({_percent(p)})" for text, p in number.alternatives if p >= LIKELY
            ),
        }
        for line, number in found.numbers
    ]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, alt="The numbers, and how sure each is", key=f"of-{id}"
    )


def in_short(number: NumberReading) -> str:
    """A number, with a question mark if unsure."""
    return f"{number.text}?" if number.status == "unsure" else number.text


def counted(count: int, what: str) -> str:
    """A number of things in words."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _percent(share: float) -> str:
    """A share that is never "100%": no network is certain."""
    return "> 99.9%" if share > 0.999 else f"{share:.1%}"


def _show_steps(picture: Picture, found: Found) -> None:
    """How the picture is prepared; made only while the panel is open."""
    panel = st.expander("How the picture is prepared", on_change="rerun", key=f"steps-{picture.id}")
    if panel.open:
        with panel, st.container(horizontal=True):
            with st.spinner("Preparing the picture again…"):
                prepared = _steps(picture.content)
            for caption, image in prepared:
                st.image(image, caption, width=STEP_SIDE, output_format="PNG", alt=caption)
        digits = [digit for _, number in found.numbers for digit in number.digits]
        with panel, st.container(horizontal=True, gap="small"):
            for digit in digits[:SHOWN_DIGITS]:
                alt = f"Digit {digit.digit}, as the network sees it"
                images.show(digit.image, alt, DIGIT_SIDE, str(digit.digit))
            if len(digits) > SHOWN_DIGITS:
                st.caption(f"The first {SHOWN_DIGITS} of {len(digits)} digits.")


@st.cache_data(max_entries=KEPT_STEPS, scope="session", show_spinner=False)
def _steps(content: bytes) -> list[tuple[str, Image]]:
    """The stages of a picture that can be read, each with its caption, in the size it is shown."""
    with _reading:
        stages = ink_steps(Drawing.from_photo(read_picture(content)))
        return [(stage.caption, _fitted(stage.image)) for stage in stages]


def _fitted(image: Image) -> Image:
    """An image in twice the size it is shown in, for sharp screens."""
    side = 2 * STEP_SIDE
    if max(image.shape) <= side:
        return images.enlarged(image, side)
    scale = side / max(image.shape)
    width, height = (max(round(length * scale), 1) for length in image.shape[1::-1])
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def as_table(read: list[tuple[Picture, Found]]) -> pd.DataFrame:
    """Every number of all pictures, a row each, for a spreadsheet."""
    rows = [
        (picture.name, line, number.text, f"{number.confidence:.4f}", number.status)
        + tuple(f"{side:.0f}" for side in _around(number))
        for picture, found in read
        for line, number in found.numbers
    ]
    columns = "file line number confidence status x y width height"
    return pd.DataFrame(rows, columns=columns.split())


def _around(number: NumberReading) -> Box:
    """x, y, width and height of a number in its picture, in pixels."""
    boxes = np.array([digit.box for digit in number.digits if digit.box]).reshape(-1, 4)
    if not len(boxes):
        return 0.0, 0.0, 0.0, 0.0
    left, top = boxes[:, :2].min(axis=0).tolist()
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0).tolist()
    return left, top, right - left, bottom - top
