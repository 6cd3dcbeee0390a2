"""The tables of kept drawings. What was said and read of a drawing is only ever added to.

`label`, `status`, `reading_id` and `surprise` of a drawing repeat what the newest rows about it
say, so that a page of fifty thousand drawings is one query over one table.
"""

from typing import Any

import numpy as np
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from recognizer.datasets.mnist import CLASSES

NOT_A_DIGIT = 10  # as a label; the network's eleventh class
PENDING, ACCEPTED, REJECTED = "pending", "accepted", "rejected"
STATUSES = (PENDING, ACCEPTED, REJECTED)
TRAINING, HELD_OUT = "training", "held out"  # values of `split`

metadata = MetaData(
    naming_convention={  # so that a migration can name what it changes
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id_and_drawing() -> list[Column[Any]]:
    """What every row about a drawing starts with; it goes when the drawing does."""
    return [
        Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
        Column(
            "drawing_id", ForeignKey("drawings.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        Column("time", Double, nullable=False),  # seconds since 1970
    ]


drawings = Table(
    "drawings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("time", Double, nullable=False, index=True),  # seconds since 1970
    Column("contributor", String(64), nullable=False),
    Column("session", String(32), nullable=False),
    Column("source", String(16), nullable=False),  # "canvas", "program", "import"
    Column("strokes", LargeBinary),  # of encoding.py; None for a picture
    Column("picture", LargeBinary),  # PNG, ink 255 on 0; None for strokes
    Column("canvas_width", Integer),  # pixels, where it is known
    Column("canvas_height", Integer),
    Column("pen_width", Double, nullable=False),  # pixels
    Column("digest", String(64), nullable=False),
    Column("look", BigInteger, nullable=False),  # both of duplicates.py
    Column("thumbnail", LargeBinary, nullable=False),
    Column("consent", String(16), nullable=False),  # "press", "all", "program"
    Column("split", String(8)),  # None until somebody learns from it
    Column("label", SmallInteger),  # 0 to 9, NOT_A_DIGIT, or None: nobody has said
    Column("status", String(8), nullable=False),
    Column("reading_id", BigInteger),  # the first one: what its author saw
    Column("surprise", Double, nullable=False),  # nats, of the label under the reading
    Index("ix_drawings_contributor", "contributor", "digest"),
    # All that chooses drawings for a page: those that it shows are the only rows to be read, and
    # a row is as large as its drawing.
    Index(
        "ix_drawings_browse",
        *("surprise", "time", "id", "label", "status", "contributor", "reading_id", "look"),
        "digest",
    ),
)

readings = Table(
    "readings",
    metadata,
    *_id_and_drawing(),
    Column("model", String(64), nullable=False),
    Column("weights", String(64), nullable=False),  # SHA-256 of its model.keras
    Column("status", String(8), nullable=False),
    Column("digit", SmallInteger),
    Column("confidence", Double, nullable=False),
    Column("probabilities", JSON, nullable=False),
    UniqueConstraint("drawing_id", "weights"),
    Index("ix_readings_weights", "weights", "drawing_id", "digit"),  # all that a score takes
)

labels = Table(
    "labels",
    metadata,
    *_id_and_drawing(),
    Column("value", SmallInteger, nullable=False),
    Column("by", String(64), nullable=False),
    Column("kind", String(9), nullable=False),  # "confirmed" or "corrected"
)

reviews = Table(
    "reviews",
    metadata,
    *_id_and_drawing(),
    Column("status", String(8), nullable=False),
    Column("by", String(64), nullable=False),
)


def to_value(label: int | None) -> int:
    """A label as the database has it.

    Raises:
        ValueError: It is neither 0 to 9 nor None.
    """
    if label is None:
        return NOT_A_DIGIT
    whole = isinstance(label, int | np.integer) and not isinstance(label, bool)
    if not whole or label not in range(CLASSES):
        raise ValueError(f"The label is {label!r}; give 0 to 9, or None for not a digit.")
    return int(label)


def to_label(value: int) -> int | None:
    """The label of a value in the database."""
    return None if value == NOT_A_DIGIT else value
