"""Numbers: how many whole numbers a model reads correctly, and those that it misreads."""

import numpy as np
import streamlit as st

from recognizer.analysis.numbers import by_length, of_each_kind
from recognizer.errors import ModelError
from recognizer.models.number_results import Misread, NumberResults, read_results
from recognizer.ui.charts.numbers import accuracy_by_kind
from recognizer.ui.charts.palette import palette
from recognizer.ui.gallery import how_sure
from recognizer.ui.markdown import plain
from recognizer.ui.model_picker import dashboard
from recognizer.ui.navigation import set_up_page
from recognizer.ui.permission import show_error
from recognizer.ui.svg import image_tag, strokes_svg
from recognizer.ui.tables import table
from recognizer.ui.url_state import one_of, url_widget

ASPECT = 2.0  # width of a misread number's image by its height
TILE = 200  # pixels, the least width of one
ABOUT = (
    "How many whole numbers are read with every digit correct. They are composed of digits by "
    "the held-out institutions, each number by one writer; real numbers are as they were written. "
    "Gaps are in heights of a digit."
)
ANOTHER = (
    "The figures are those of a network of the same kind that has never seen drawings by these "
    "institutions: see docs/numbers.md."
)


def results_of_model() -> NumberResults:
    """The figures of the chosen model, and what they are; the page ends here without any."""
    model = dashboard("Numbers")
    try:
        results = read_results(model.path)
    except ModelError as error:
        show_error(error)
        st.stop()
    if results is None:
        words = f"Not measured yet. `python -m benchmarks.numbers {model.name} --for {model.name}`"
        st.info(f"{words} measures it.", icon=":material/pin:")
        st.stop()
    st.caption(ABOUT if results.model == model.name else f"{ABOUT} {ANOTHER}")
    return results


def show_misread(misread: Misread) -> None:
    """One number as it was drawn, and what was read in it."""
    strokes = [np.array(stroke, dtype=np.float64) for stroke in misread.strokes]
    reading = misread.reading or "nothing"
    with st.container(gap="xxsmall"):
        drawn = strokes_svg(strokes, palette().ink, ASPECT)
        alt = f"{misread.text} read as {reading}"
        st.html(image_tag(drawn, "svg+xml", alt, ASPECT))
        st.caption(f"{plain(misread.text)} → {plain(reading)}  \n{how_sure(misread.confidence)}")


set_up_page("Numbers")
results = results_of_model()
kinds = of_each_kind(results.groups)
words = [f"{row.given} {row.accuracy:.1%}" for row in kinds.itertuples()]
st.altair_chart(accuracy_by_kind(kinds), key="kinds", alt=f"Read correctly: {', '.join(words)}")
lengths = by_length(results.groups)
percent = {str(name): "{:.1%}" for name in lengths if name != "numbers"}
with st.expander("By the number of digits"):
    table(lengths, "numbers", "Read correctly, by kind and by the number of digits", percent)

st.header("Misread", anchor=False)
names = list(dict.fromkeys(each.given for each in results.misread))
if not names:
    st.success("No number was misread.", icon=":material/check:")
    st.stop()
chosen = url_widget(
    st.selectbox, "Numbers", "given", one_of(names), default=names[0], options=names
)
with st.grid("auto", min_column_width=TILE, gap="small"):
    for each in results.misread:
        if each.given == chosen:
            show_misread(each)
