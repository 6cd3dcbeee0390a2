"""Charts made once: Altair takes 20 to 60 ms for one, and many visitors look at the same."""

import hashlib
import json
import pickle
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar, cast

import altair as alt

from recognizer.ui.charts.palette import palette

KEPT = 200  # charts, some 20 kB each; the least recently shown goes first
P = ParamSpec("P")
C = TypeVar("C", bound=alt.TopLevelMixin)


class _Chart:
    """What `st.altair_chart` takes: something with `to_dict`."""

    def __init__(self) -> None:
        self.draw: Callable[[], alt.TopLevelMixin] | None = None
        self.made: tuple[str, dict[str, Any]] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The specification with its data; called by Streamlit, for one chart at a time."""
        if self.made is None:
            assert self.draw
            spec = json.dumps(self.draw().to_dict())
            # Where Streamlit has Altair put the data; the specification has their names.
            self.made = spec, dict(alt.data_transformers.options.get("datasets", {}))
            self.draw = None
        content: dict[str, Any] = json.loads(self.made[0])
        return {**content, "datasets": content.get("datasets", {}) | self.made[1]}


@lru_cache(maxsize=KEPT)
def _chart(_key: bytes) -> _Chart:
    return _Chart()


def once(draw: Callable[P, C]) -> Callable[P, C]:
    """Make a chart only once of the same data and in the same colors."""

    @wraps(draw)
    def drawn(*args: P.args, **more: P.kwargs) -> C:
        colors = palette()
        shown = pickle.dumps((draw.__module__, draw.__name__, colors, args, more))
        chart = _chart(hashlib.sha256(shown).digest())
        if chart.made is None:
            chart.draw = lambda: draw(*args, **more)
        return cast("C", chart)

    return drawn
