"""Charts, in one look for the light and the dark theme."""

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Both stand out on white and on near-black, and differ in lightness for colour-blind readers.
HIGHLIGHT = "#2a93c4"
QUIET = "#8b98a3"


def probability_bars(probabilities: NDArray[np.float32], no_digit: float) -> alt.Chart:
    """A bar for each digit's probability (10,) and one for none; the likeliest highlighted."""
    digits = pd.DataFrame(
        {
            "digit": [*map(str, range(10)), "none"],
            "probability": [*probabilities.astype(float), no_digit],
        }
    )
    digits["likeliest"] = digits["probability"].eq(digits["probability"].max())
    colour = alt.condition("datum.likeliest", alt.value(HIGHLIGHT), alt.value(QUIET))
    return (
        alt.Chart(digits, height=150)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X("digit:N", title="Digit", sort=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y(
                "probability:Q",
                title="Probability",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", values=[0, 0.5, 1]),
            ),
            color=colour,
            tooltip=["digit:N", alt.Tooltip("probability:Q", format=".2%")],
        )
    )
