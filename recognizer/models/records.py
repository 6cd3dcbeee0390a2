"""What a model folder's JSON files say: frozen dataclasses, parsed and validated once.

The names in the files are those of the first version, so that every folder can be read;
`alias` says which field is called what there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    PlainSerializer,
    PositiveInt,
    TypeAdapter,
    ValidationError,
)

from recognizer.models.calibration import Calibration
from recognizer.models.checked import parse_json
from recognizer.models.recipes import Optimizer, Published

T = TypeVar("T")
ERRORS = 1000  # that are looked through, for the first one
Count = Annotated[int, Field(ge=0, le=10**12)]
Positive = Annotated[PositiveInt, Field(le=10**6)]
Figure = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]  # more is no measurement
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


def _known_to_clocks(when: datetime) -> datetime:
    if not 1970 < when.year < 3000:  # others have no time stamp everywhere
        raise ValueError(f"the year is {when.year}")
    return when


# Written as ISO 8601 with an offset rather than pydantic's "Z", as it always was.
Time = Annotated[datetime, AfterValidator(_known_to_clocks), PlainSerializer(datetime.isoformat)]
Name = Annotated[str, Field(max_length=100)]
Text = Annotated[str, Field(max_length=2000)]
Packages = Annotated[dict[Name, Name], Field(max_length=50)]


@dataclass(frozen=True)
class StartModel:
    """The model whose weights a training started from; a name alone could be another one later."""

    name: Annotated[str, Field(alias="model", pattern=r"^[a-z0-9-]{1,64}$")]
    sha256: Name  # of its model.keras
    saw_held_out: Annotated[bool, Field(alias="has_seen_all")]


@dataclass(frozen=True)
class DrawingPlan:
    """How a training on drawings was divided.

    Attributes:
        last_epochs: The last epoch of each stage, counted from 1 over all.
        third_stage_only: The institutions that no other stage trains on.
        saw_held_out: Whether there was a third stage.
    """

    last_epochs: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=100)]
    saw_held_out: bool
    third_stage_only: Annotated[
        tuple[Name, ...], Field(alias="not_before_third_stage", max_length=100)
    ] = ()


@dataclass(frozen=True)
class TrainedRecipe:
    """recipe.json: how a model was made. None where an older folder does not say."""

    name: Annotated[str, Field(alias="recipe", max_length=100)]
    parameters: Count
    initializer: Name | None = None
    start_from: StartModel | None = None
    optimizer: Optimizer | None = None
    batch_size: Positive | None = None
    epochs: Positive | None = None
    distortion: bool | None = None
    validation: Text | None = None
    seed: int | None = None
    published: Published | None = None
    drawings: DrawingPlan | None = None
    trained_at: Time | None = None
    machine_gflops: Annotated[Figure, Field(gt=0.001)] | None = None  # of `profiling.machine_speed`
    python: Name | None = None
    packages: Packages = field(default_factory=dict)  # versions, by name
    note: Text | None = None  # what there is to know about this one training
    shipped: bool = False  # whether it came with the app

    @property
    def planned_epochs(self) -> int | None:
        """The number of epochs over all stages."""
        return self.drawings.last_epochs[-1] if self.drawings else self.epochs

    @property
    def saw_held_out(self) -> bool:
        """Whether it was trained on the held-out drawings, or started from a model that was."""
        sources = (self.drawings, self.start_from)
        return any(source.saw_held_out for source in sources if source)


@dataclass(frozen=True, kw_only=True)
class Scores:
    """A model's scores on drawings; all shares are 0 to 1.

    Attributes:
        accuracy: Share of digits read correctly.
        calibration_error: Expected calibration error of the confidence.
        answered: Share of digits that the model is sure about.
        accuracy_when_answered: Share of those read correctly.
        rejected: Share of non-digits under the model's own threshold.
        rejected_keeping_99: The same under a threshold that keeps 99 % of the digits.
        roc_area: How well the confidence separates digits from non-digits (area under the curve).
    """

    accuracy: Share
    calibration_error: Share
    answered: Share | None = None
    accuracy_when_answered: Annotated[Share | None, Field(alias="right_when_answered")] = None
    rejected: Annotated[Share | None, Field(alias="turned_away")] = None
    rejected_keeping_99: Annotated[Share | None, Field(alias="turned_away_keeping_99%")] = None
    roc_area: Share | None = None


@dataclass(frozen=True, kw_only=True)
class CaseScores(Scores):
    """The scores of one way to give a drawing: see `drawing_benchmark.Case`."""

    given: Name
    size: Share
    pen: Count


@dataclass(frozen=True)
class BenchmarkResult:
    """A model's scores on held-out drawings, for each case and overall."""

    institutions: Annotated[tuple[Name, ...], Field(max_length=100)]
    digits: Count
    non_digits: Annotated[Count, Field(alias="others")]
    cases: Annotated[tuple[CaseScores, ...], Field(max_length=100)]
    overall: Annotated[Scores, Field(alias="all")]


@dataclass(frozen=True)
class LiteRTExport:
    """The SHA-256 of a model.tflite, and of the model.keras that it was exported from."""

    keras_sha256: Name
    sha256: Name


@dataclass(frozen=True)
class ReportSummary:
    """report.json: accuracy and loss (nats) on the test images, and what else was measured."""

    accuracy: Share
    loss: Figure
    benchmark: Annotated[BenchmarkResult | None, Field(alias="drawn")] = None
    reading_ms: Figure | None = None  # milliseconds from a drawing to its reading
    litert: LiteRTExport | None = None


def read_recipe(text: str) -> TrainedRecipe:
    """Parse recipe.json; raises ValueError with the field that is wrong."""
    content = _object(text)
    plan = content.get("drawings")
    if isinstance(plan, dict) and "saw_held_out" not in plan:  # folders of the first version
        stages = plan.get("last_epochs")
        plan["saw_held_out"] = isinstance(stages, list) and len(stages) == 3
    return parse(TrainedRecipe, content)


def read_summary(text: str) -> ReportSummary:
    """Parse report.json; raises ValueError with the field that is wrong."""
    content = _object(text)
    return parse(ReportSummary, content | {"drawn": content.get("drawn") or None})


def read_calibration(text: str) -> Calibration:
    """Parse confidence.json; raises ValueError with the field that is wrong."""
    content = _object(text)
    if missing := {"slope", "shift", "threshold"} - set(content):
        raise ValueError(f"lacks {sorted(missing)}")
    return parse(Calibration, content)


def parse(kind: Callable[..., T], content: object) -> T:
    """Make a record from what JSON holds; raises ValueError with the field that is wrong."""
    try:
        record: T = _adapter(kind).validate_python(content)
        return record
    except ValidationError as error:
        if error.error_count() > ERRORS:  # to list them takes long
            raise ValueError(f"{error.error_count():,} values are wrong") from None
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{where}: {first['msg']}" if where else first["msg"]) from error


def to_json(record: Any) -> str:
    """Write a record as a file; what is None is left out."""
    kind: Any = type(record)
    text = _adapter(kind).dump_json(record, indent=2, by_alias=True, exclude_none=True).decode()
    return text + "\n"


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _object(text: str) -> dict[str, Any]:
    content = parse_json(text)
    if not isinstance(content, dict):
        raise ValueError("not an object")
    return content
