"""Tables that can be taken away as CSV."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from recognizer.ui.markdown import one_line


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
    there: dict[Any, Any] = {name: form for name, form in (formats or {}).items() if name in frame}
    shown = frame.style.format(there, na_rep="–")
    st.dataframe(shown, alt=alt, hide_index=True, **{"height": "content"} | options)
    download(frame, file)


def download(frame: pd.DataFrame, file: str, label: str = "Download as CSV") -> None:
    """Show a button that saves a table as `file`.csv."""
    st.download_button(
        label,
        frame.to_csv(index=False).encode(),
        f"{file}.csv",
        "text/csv",
        key=f"csv-{file}",
        on_click="ignore",  # the page need not run again
        icon=":material/download:",
        type="tertiary",
    )


def harmless(text: str) -> str:
    """Text of other origin for a CSV file, in one line; no spreadsheet takes it for a formula."""
    line = one_line(text)
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line
