"""How many whole numbers are read correctly, by how they are given and by their length."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from recognizer.analysis.tables import markdown_table
from recognizer.models.calibration import interval
from recognizer.models.number_results import Group


def of_each_kind(groups: Sequence[Group]) -> pd.DataFrame:
    """How many numbers of each kind are read correctly, and the interval of that share.

    A row for each kind: `given`, `numbers`, `correct`, `accuracy`, `least` and `most`.
    """
    known = pd.DataFrame([vars(each) for each in groups])
    rows = known.groupby("given", sort=False)[["numbers", "correct"]].sum().reset_index()
    least, most = interval(rows["correct"], rows["numbers"])
    return rows.assign(accuracy=rows["correct"] / rows["numbers"], least=least, most=most)


def by_length(groups: Sequence[Group]) -> pd.DataFrame:
    """The share that is read correctly of each kind, of all and of each length.

    The columns are `numbers` (the kind), `all`, `2 digits` and so on; NaN where there are none.
    """
    known = pd.DataFrame([vars(each) for each in groups])
    shares = known.assign(share=known["correct"] / known["numbers"])
    kinds = of_each_kind(groups)
    wide = shares.pivot_table("share", "given", "length", sort=False).reindex(kinds["given"])
    wide = wide.sort_index(axis=1).rename(columns=lambda length: f"{length} digits")
    wide.insert(0, "all", kinds["accuracy"].to_numpy())
    return wide.rename_axis("numbers").reset_index()


def numbers_table(groups: Sequence[Group]) -> str:
    """The same in Markdown."""
    shares = by_length(groups)
    rows = [
        [str(name), *("" if pd.isna(share) else f"{share:.1%}" for share in row)]
        for name, *row in shares.itertuples(index=False)
    ]
    return markdown_table([str(name) for name in shares], rows)
