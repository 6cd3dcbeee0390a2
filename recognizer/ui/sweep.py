"""The runs of a sweep side by side, best first."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pandas as pd
import streamlit as st

from recognizer.analysis.metrics import learning_curves
from recognizer.analysis.seeds import mean_and_deviation
from recognizer.errors import ModelError
from recognizer.models import registry
from recognizer.models.folder import ModelEntry
from recognizer.training.job_state import Job
from recognizer.training.request import TrainingRequest
from recognizer.training.runs import Run, best_first, models_of, runs_of
from recognizer.ui.charts import curves
from recognizer.ui.charts.palette import model_colors
from recognizer.ui.markdown import one_line, plain
from recognizer.ui.permission import in_public, without_folders
from recognizer.ui.tables import table
from recognizer.ui.url_state import set_in_url

TABLE = "runs"
CHOSEN = "run_chosen"  # in the session: a row was chosen; in words, why nothing follows
HIGH = 460  # pixels of a table of many runs, which then scrolls
ROWS = 12  # up to which all are shown
LINES = 8  # in the chart: more would be a tangle
REASONS, NAMES = 5, 3  # why runs failed, and of each the names: what is said in full
SEED = "Seed"
VALIDATION, DRAWINGS = "Validation", "On drawings"
ENDS = {"done": "Trained", "cancelled": "Cancelled", "killed": "Stopped"}
BEST_FIRST = (
    "Best first, by accuracy on the 10,000 validation images. The test images are not there to "
    "choose by: the best of many models would owe a part of its figure to chance."
)


def settings(request: TrainingRequest) -> dict[str, Any]:
    """What can differ between the runs of a sweep."""
    recipe = request.to_recipe()
    return {
        "Recipe": recipe.name,
        "Optimizer": recipe.optimizer.name,
        "Learning rate": recipe.optimizer.learning_rate,
        "Batch size": recipe.batch_size,
        "Epochs": recipe.epochs,
        "Distortion": "on" if recipe.distortion else "off",
        "Start from": request.start_from or "scratch",
        SEED: request.seed,
    }


def differing(requests: Sequence[TrainingRequest]) -> list[str]:
    """Which of the settings do."""
    values = pd.DataFrame([settings(request) for request in requests])
    return [name for name in values.columns if values[name].nunique() > 1]


def what_differs(requests: Sequence[TrainingRequest]) -> str:
    """Which settings differ, and what the others are, in words."""
    columns = differing(requests) or ["Name"]
    *first, last = columns
    different = f"{', '.join(first)} and {last}" if first else last
    same = settings(requests[0]).items()
    shared = ", ".join(f"{name.lower()} {value}" for name, value in same if name not in columns)
    return f"They differ in {different.lower()}. The same for all: {plain(shared)}."


def show_runs(job: Job) -> None:
    """Show the runs in a table, with what their seeds have in common, and their curves."""
    _follow_choice()
    runs = best_first(runs_of(job))
    made = tuple(sorted(run.made for run in runs if run.made))
    models = _models(job, runs, job.began, made, _folders())
    columns = differing(job.requests)
    rows = pd.DataFrame(
        [_row(run, models.get(run.request.name), columns, job.running) for run in runs]
    )
    rows = rows.dropna(axis="columns", how="all")
    _show_failures(runs)
    _show_table(rows, [models.get(run.request.name) for run in runs])
    _show_seeds(rows, columns)
    _show_curves(rows, runs)


@st.cache_resource(max_entries=2, show_spinner=False)
def _models(_job: Job, _runs: list[Run], *_: object) -> dict[str, ModelEntry]:
    """The models of the runs; read again only when one is added, renamed, deleted or changed."""
    return models_of(_job, _runs)


def _folders() -> tuple[tuple[str, int], ...]:
    """The folders of models, and when something in them was last changed."""
    found = dict[str, int]()
    for name in registry.names():
        with suppress(OSError):  # it was just deleted
            found[name] = (registry.models_dir() / name).stat().st_mtime_ns
    return tuple(found.items())


def _row(run: Run, model: ModelEntry | None, columns: list[str], going: bool) -> dict[str, Any]:
    values, progress = settings(run.request), run.progress
    on_drawings = model.benchmark.overall.accuracy if model and model.benchmark else None
    epochs = f"{progress.epoch} of {progress.epochs}" if progress.epochs else "–"
    return {
        "Name": model.name if model else run.made or run.request.name,
        VALIDATION: run.validation_accuracy,
        "Progress": _progress(run, model, going),
        DRAWINGS: on_drawings,
        **{name: values[name] for name in columns},
        "Epoch": epochs,
    }


def _progress(run: Run, model: ModelEntry | None, going: bool) -> str:
    """How far a run is, or how it ended; `going` is its sweep."""
    if run.state is None:
        return "Waiting" if going else "Not started"
    if run.state == "running":
        return f"{run.share:.0%}" if run.progress.epochs else run.progress.phase
    if run.state == "failed":
        return f"Failed: {one_line(without_folders(run.reason))}"
    return "Deleted since" if run.made and model is None else ENDS[run.state]


def _show_table(rows: pd.DataFrame, models: Sequence[ModelEntry | None]) -> None:
    """Choosing a row puts its model beside the active one; the address has the choice."""
    names = [model.name if model else "" for model in models]
    _mark_chosen(names)
    table(
        rows,
        "trainings",
        f"{len(rows)} trainings, best first",
        {VALIDATION: "{:.2%}", DRAWINGS: "{:.2%}", "Learning rate": "{:g}"},
        key=TABLE,
        on_select=lambda: _choose(names),
        selection_mode="single-row",
        placeholder="–",
        height=HIGH if len(rows) > ROWS else "content",
    )
    st.caption(f"{BEST_FIRST} Choose a row to compare its model with the active one, below.")


def _mark_chosen(names: list[str]) -> None:
    """Mark the row of the model that is beside the active one, wherever the row is now."""
    beside = st.query_params.get("beside")
    chosen = [names.index(beside)] if beside in names else []
    known = st.session_state.get(TABLE)
    if known is None or list(known["selection"]["rows"]) != chosen:
        # Not each time: what is set here would undo a choice that is just being made.
        st.session_state[TABLE] = {"selection": {"rows": chosen}}


def _choose(names: list[str]) -> None:
    chosen = st.session_state[TABLE]["selection"]["rows"]
    name = names[chosen[0]] if chosen and chosen[0] < len(names) else None
    words = ""
    if name == "":
        words = "This one has no model, or none yet."
    elif name == _active():
        words = f"{name} is the active model."
    else:
        set_in_url("beside", name)
    st.session_state[CHOSEN] = words


def _follow_choice() -> None:
    """Show the model that was just chosen, or say why it cannot be shown."""
    words = st.session_state.pop(CHOSEN, None)
    if words:
        st.toast(words, icon=":material/info:")
    elif words is not None:
        st.rerun()  # it is shown outside of what keeps itself up to date


def _active() -> str | None:
    try:
        return registry.active_model().name
    except ModelError:
        return None


def _show_failures(runs: Sequence[Run]) -> None:
    """Say why runs failed, each reason once."""
    by_reason = dict[str, list[str]]()
    for run in runs:
        if run.state == "failed":
            by_reason.setdefault(run.reason, []).append(run.request.name)
    lines = list[str]()
    for reason, names in list(by_reason.items())[:REASONS]:
        more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
        lines.append(f"**{', '.join(names[:NAMES])}{more}**: {in_public(reason)}")
    if len(by_reason) > REASONS:
        lines.append("The table has the other reasons.")
    if lines:
        st.warning("  \n".join(lines), icon=":material/error:")


def _show_seeds(rows: pd.DataFrame, columns: list[str]) -> None:
    """Mean and standard deviation over seeds, for each combination of the other values."""
    done = rows[rows["Progress"] == ENDS["done"]]
    others = [name for name in columns if name != SEED]
    if SEED not in columns or done.empty:
        return
    groups = done.groupby(others or (lambda _: 0), sort=False)
    means = pd.DataFrame([_mean(group, others) for _, group in groups])
    if (means["Seeds"] < 2).all():
        return
    st.subheader("Over the seeds", anchor=False)
    st.table(
        means.astype(str).map(plain),
        hide_index=True,
        border="horizontal",
        alt="Mean and standard deviation over the seeds",
    )
    st.caption("Mean ± standard deviation of the trained models.")


def _mean(group: pd.DataFrame, others: list[str]) -> dict[str, Any]:
    measured = [name for name in (VALIDATION, DRAWINGS) if name in group]
    means = {name: mean_and_deviation(group[name]) for name in measured}
    first = group.iloc[0]
    return {**{name: first[name] for name in others}, "Seeds": len(group), **means}


def _show_curves(rows: pd.DataFrame, runs: Sequence[Run]) -> None:
    """The accuracy of the best runs on the validation images over the epochs."""
    pairs = zip(rows["Name"], runs, strict=True)
    begun = {name: run for name, run in pairs if run.validation_accuracy}
    best = {name: run.history() for name, run in list(begun.items())[:LINES]}
    if not best:
        return
    st.subheader("Accuracy on the validation images", anchor=False)
    colors = model_colors(list(best))
    with st.container(horizontal=True, gap="small"):
        for name in best:
            st.markdown(f':color[●]{{foreground="{colors[name]}"}} {plain(name)}', width="content")
    lines = learning_curves(best)
    lines = lines[(lines["measure"] == "accuracy") & (lines["part"] == "validation")]
    st.altair_chart(
        curves.learning_curves(lines, percent=True),
        key="runs-accuracy",
        alt=f"Accuracy on the validation images of {len(best)} trainings over their epochs",
    )
    if len(begun) > len(best):
        st.caption(f"The best {LINES} of {len(begun)}.")
