"""history.csv and layers.csv of a model folder."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from recognizer.models.checked import TABLE_BYTES, damaged, read_text, remembered

if TYPE_CHECKING:
    import pandas as pd

HISTORY_COLUMNS = ["loss", "accuracy", "val_loss", "val_accuracy", "seconds"]
LAYER_COLUMNS = ["layer", "type", "output", "parameters"]
LEARNING_RATE = "learning_rate"  # the column that older histories lack
MOST = 1e9  # of any figure: more is no loss and no time
LINE, ROWS, PARAMETERS = 1000, 10_000, 10**12  # characters of a line, and others: at most


def table_of(file: Path) -> io.StringIO:
    """The text of a table, to be parsed; raises ValueError or OSError.

    Its lines are short: pandas takes minutes for a table of many columns.
    """
    text = read_text(file, TABLE_BYTES)
    if max(map(len, text.splitlines()), default=0) > LINE:
        raise ValueError(f"{file.name} has a line of more than {LINE:,} characters")
    return io.StringIO(text, newline="")


@remembered(100)
def check_history(file: Path, planned: int | None) -> None:
    """Check the rows of a history; where it is known how many were planned, it must hold them.

    Raises:
        ValueError: It is damaged.
        OSError: It cannot be read.
    """
    table = table_of(file)
    try:
        rows = csv.DictReader(table)
        if missing := set(HISTORY_COLUMNS) - set(rows.fieldnames or []):
            raise ValueError(f"lacks {sorted(missing)}")
        if len(set(rows.fieldnames or [])) < len(rows.fieldnames or []):  # pandas takes the first
            raise ValueError("has a column twice")
        epochs = []
        for row in rows:
            epochs.append(row["epoch"])
            if None in row:
                raise ValueError(f"epoch {len(epochs)} has too many figures")
            for column in (*HISTORY_COLUMNS, LEARNING_RATE):
                if abs(float(row.get(column) or "nan")) > MOST:
                    raise ValueError(f"{column} is {row[column][:30]}")
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise ValueError(f"history.csv: {error}") from error
    if not epochs:
        raise ValueError("history.csv holds no epoch")
    if epochs != [str(epoch) for epoch in range(1, len(epochs) + 1)]:
        raise ValueError("history.csv does not count its epochs from 1")
    if len(epochs) > ROWS:
        raise ValueError(f"history.csv holds {len(epochs):,} epochs")
    if len(epochs) != (planned or len(epochs)):
        raise ValueError(f"history.csv holds {len(epochs)} of {planned} epochs")


def read_history(file: Path) -> pd.DataFrame:
    """A row per epoch, indexed from 1, with HISTORY_COLUMNS; no row without a whole file."""
    import pandas as pd  # slow to import; reading needs none of it

    try:
        return _history(file).copy(deep=False)
    except (OSError, ValueError, KeyError):  # it was there, and whole, when it was checked
        return pd.DataFrame(columns=HISTORY_COLUMNS, dtype=float)


@remembered(100)
def _history(file: Path) -> pd.DataFrame:
    import pandas as pd

    rows = pd.read_csv(table_of(file), index_col="epoch")
    return rows[HISTORY_COLUMNS + [LEARNING_RATE] * (LEARNING_RATE in rows)].astype(float)


def read_layers(path: Path) -> pd.DataFrame:
    """Read the layers of a folder's model, as `layers_of` lists them; no row without the file.

    Raises:
        ModelError: The list is damaged.
    """
    import pandas as pd

    try:
        layers = pd.read_csv(table_of(path / "layers.csv"), keep_default_na=False, nrows=ROWS)
    except FileNotFoundError:
        return pd.DataFrame(columns=LAYER_COLUMNS)
    except (ValueError, OSError) as error:
        raise damaged(path.name, f"layers.csv cannot be read ({error})") from error
    if missing := set(LAYER_COLUMNS) - set(layers.columns):
        raise damaged(path.name, f"layers.csv lacks {sorted(missing)}")
    figures = layers["parameters"]
    if not (pd.api.types.is_integer_dtype(figures) and figures.between(0, PARAMETERS).all()):
        raise damaged(path.name, "layers.csv is truncated or has the wrong format")
    return layers[LAYER_COLUMNS]
