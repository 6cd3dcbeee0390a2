"""Tables that can be taken away as CSV."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from recognizer.ui.markdown import one_line

FORMULA = re.compile(r"[=+@-](?!\d+(\.\d+)?$)")  # a number with a sign is none


def table(
    frame: pd.DataFrame,
    file: str,
    alt: str,
    formats: Mapping[str, str] | None = None,
    **options: Any,
) -> None:
    """Show a complete table, with a button that saves it as `file`.csv.

    Args:
        frame: What to show; saved with every digit.
        file: The saved file's name, without its ending.
        alt: What the table is, for who cannot see it.
        formats: How a column's values are written, such as {"loss": "{:.4f}"}.
        options: Of `st.dataframe`.
    """
    frame = without_formulas(frame)  # which can be saved in the browser, too
    there: dict[Any, Any] = {name: form for name, form in (formats or {}).items() if name in frame}
    shown = frame.style.format(there, na_rep="–")
    st.dataframe(shown, alt=alt, hide_index=True, **{"height": "content"} | options)
    download(frame, file)


def download(frame: pd.DataFrame, file: str, label: str = "Download as CSV") -> None:
    """Show a button that saves a table as `file`.csv."""
    st.download_button(
        label,
        without_formulas(frame).to_csv(index=False).encode(),
        f"{file}.csv",
        "text/csv",
        key=f"csv-{file}",
        on_click="ignore",  # the page need not run again
        icon=":material/download:",
        type="tertiary",
    )


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with no text in it that a spreadsheet would take for a formula."""
    texts = frame.select_dtypes(exclude=["number", "bool"])
    return frame.assign(**{str(name): texts[name].map(_harmless) for name in texts})


def _harmless(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    line = one_line(cell)
    return f"'{line}" if FORMULA.match(line) else line
