"""The bars beside every answer, written in Vega-Lite itself: they are drawn for every stroke.

Altair takes twenty milliseconds for this chart, and Streamlit would convert its values with
pandas, which is longer than all else that an answer takes. The values are in the chart's
expressions, so that there is nothing to convert.
"""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.ui.charts.palette import ROOM_ABOVE, palette


def probability_bars(
    probabilities: NDArray[np.float32], no_digit: float | None, height: int
) -> dict[str, Any]:
    """A bar for each digit's probability (10,) and one for none; the likeliest highlighted.

    `no_digit` is None where the network does not know non-digits.
    """
    names, values = [str(digit) for digit in range(10)], probabilities.astype(float).tolist()
    if no_digit is not None:
        names, values = [*names, "none"], [*values, no_digit]
    return {
        "height": height,
        "padding": {"top": ROOM_ABOVE},
        "config": {"axis": {"labelFlush": False, "labelBound": False}},
        "data": {"sequence": {"start": 0, "stop": len(values), "as": "bar"}},
        "transform": [
            {"calculate": f"{json.dumps(names)}[datum.bar]", "as": "digit"},
            {"calculate": f"{json.dumps(values)}[datum.bar]", "as": "probability"},
        ],
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "x": _field(
                "digit", "nominal", sort=None, axis={"labelAngle": 0, "labelOverlap": False}
            ),
            "y": _field(
                "probability",
                "quantitative",
                scale={"domain": [0, 1]},
                axis={"format": "%", "values": [0, 0.5, 1]},
            ),
            "color": {
                "condition": {
                    "test": f"datum.probability == {max(values)}",
                    "value": palette().highlight,
                },
                "value": palette().quiet,
            },
            "tooltip": [
                {"field": "digit", "type": "nominal"},
                {"field": "probability", "type": "quantitative", "format": ".2%"},
            ],
        },
    }


def _field(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"field": name, "type": kind, "title": None, **more}
