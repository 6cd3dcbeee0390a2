"""Confusion matrix: which digits a model confuses, and the images of each cell."""

import numpy as np
import pandas as pd
import streamlit as st

from recognizer.analysis.label_errors import doubtful_labels
from recognizer.analysis.metrics import confusion_matrix, digit_scores, samples
from recognizer.datasets.mnist import CLASSES
from recognizer.models.evaluation import Report
from recognizer.models.registry import reports_like
from recognizer.ui.charts import confusion
from recognizer.ui.gallery import gallery
from recognizer.ui.images import find_images
from recognizer.ui.model_picker import dashboard, report_of
from recognizer.ui.navigation import set_up_page
from recognizer.ui.tables import download, table
from recognizer.ui.url_state import choice_of, digit_box, model_in_url, set_in_url, toggle

FIGURES = ["Counts", "% of row"]
FAINTEST = 0.15  # shade of a cell: a single image should be visible, in the dark theme too
CORRECT = 0.6  # shade of the diagonal, at most: it is not what the page is about
NARROWEST = 330  # pixels of the matrix, or of the scores, beside each other
SHOWN = 60  # images of a cell at a time


def cells_of(matrix: pd.DataFrame, *, shares: bool, errors_only: bool) -> pd.DataFrame:
    """A row per cell: `label`, `reading`, `images`, `share`, and how the chart shows it."""
    cells = pd.DataFrame({"images": matrix.stack()}).reset_index()
    support = matrix.sum(axis=1).reindex(cells["label"]).to_numpy()
    cells["share"] = cells["images"] / np.maximum(support, 1)
    cells["value"] = 100 * cells["share"] if shares else cells["images"]
    cells["error"] = cells["label"] != cells["reading"]
    cells["shown"] = (cells["images"] > 0) & (cells["error"] | (not errors_only))
    cells["shade"] = shades(cells).where(cells["shown"], 0)
    return cells


def shades(cells: pd.DataFrame) -> pd.Series:
    """How strong a cell's color is: an error's beside the other errors, whatever is correct."""
    # The root keeps one error and nine apart, beside a hundred too.
    errors = np.sqrt(cells["value"].where(cells["error"], 0))
    strength = (errors / (errors.max() or 1)).where(cells["error"], CORRECT * cells["share"])
    return FAINTEST + (1 - FAINTEST) * strength


def take_click(key: str) -> None:
    """Put the cell that was clicked into the two boxes."""
    if cells := st.session_state[key].selection[confusion.CELL]:
        set_in_url("label", cells[0]["label"])
        set_in_url("reading", cells[0]["reading"])


def show_cell(model_name: str, report: Report, label: int, reading: int) -> None:
    """Show the images of one cell, the most confident first."""
    rows = samples(report)
    rows = rows[(rows["label"] == label) & (rows["reading"] == reading)]
    rows = rows.sort_values("confidence", ascending=False, kind="stable")
    many = {0: "no images", 1: "1 image"}.get(
        len(rows), f"{len(rows)} images, most confident first"
    )
    st.markdown(f"**{label}** read as **{reading}**: {many}.")
    if rows.empty:
        return

    def link(number: int, words: str) -> None:
        """A link to all that is known of one image."""
        cell = {} if label == reading else {"label": str(label), "reading": str(reading)}
        query = {**model_in_url(), **cell, "image": str(number)}
        st.page_link("pages/3_Misclassified.py", label=words, query_params=query)

    pages = -(-len(rows) // SHOWN)
    page = st.pagination(pages, key=f"{model_name}-{label}-{reading}") if pages > 1 else 1
    part = rows.iloc[(page - 1) * SHOWN : page * SHOWN]
    reports = reports_like(report)
    if images := find_images(report, reports, part.index.to_list(), "cell"):
        gallery(part, images, doubtful_labels(list(reports.values())), link)


set_up_page("Confusion matrix")
model = dashboard("Confusion matrix")
report = report_of(model)
matrix = confusion_matrix(report)
digits = pd.RangeIndex(CLASSES)
counts = pd.DataFrame(matrix, digits.rename("label"), digits.rename("reading"))

figures_side, label_side, reading_side = st.columns([2, 1, 1], vertical_alignment="bottom")
with figures_side.container(horizontal=True, vertical_alignment="center"):
    measure = choice_of("Figures", "figures", FIGURES, label_visibility="collapsed")
    errors_only = toggle("Errors only", "errors")
with label_side:
    label = digit_box("True digit", "label")
with reading_side:
    reading = digit_box("Read as", "reading")

sides = st.grid(2, min_column_width=NARROWEST, gap="medium")
matrix_side, scores_side = sides.cell(), sides.cell()
with matrix_side.container(width=confusion.WIDEST):
    wrong = int((~report.correct).sum())
    st.markdown(f"**{wrong}** of {len(report.labels):,} test images are misclassified.")
    st.caption(
        "Orange cells are errors, stronger where there are more. Blue cells are correct. "
        "Click a cell, or choose the two digits, to see its images below."
    )
    cells = cells_of(counts, shares=measure == FIGURES[1], errors_only=errors_only)
    cells["chosen"] = (cells["label"] == label) & (cells["reading"] == reading)
    # Another key for another cell: a chart takes no second click on the cell clicked last.
    key = f"matrix-{label}-{reading}"
    st.altair_chart(
        confusion.confusion_matrix(cells, "d" if measure == FIGURES[0] else ".1f"),
        key=key,
        on_select=lambda: take_click(key),
        alt=f"Confusion matrix of {model.name}: {wrong} of {len(report.labels)} images wrong",
    )
with scores_side:
    st.markdown("**Scores of each digit**")
    table(
        digit_scores(matrix).reset_index(),
        f"scores-{model.name}",
        f"Precision, recall, F1 and support of each digit, read by {model.name}",
        {**dict.fromkeys(["precision", "recall", "F1"], "{:.2%}"), "support": "{:,}"},
    )
    matrix_table = counts.rename(columns="read as {}".format).reset_index()
    download(matrix_table, f"confusion-{model.name}", "Download the matrix as CSV")

if label is not None and reading is not None:
    with matrix_side:
        show_cell(model.name, report, label, reading)
