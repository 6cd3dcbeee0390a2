"""A model as bytes, for processes that may not see its folder, or run on another machine."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from recognizer.errors import DiskError
from recognizer.models import folder
from recognizer.models.checked import damaged
from recognizer.models.folder import ModelEntry
from recognizer.models.packing import Files, pack, unpack
from recognizer.models.recognizer import Recognizer

REQUIRED = ("recipe.json", "report.json", "model.keras", "predictions.npz")
OPTIONAL = ("history.csv", "confidence.json", "model.tflite")


@dataclass(frozen=True)
class PackedModel:
    """The files of a model that it takes to read; every process reads with these very ones."""

    name: str
    weights: str  # the SHA-256 of them
    calibration: str
    files: Files = field(repr=False)

    @classmethod
    def of(cls, model: ModelEntry) -> PackedModel:
        """Pack a model's folder; raises ModelError if a file is gone."""
        there = [name for name in OPTIONAL if (model.path / name).exists()]
        try:
            files = pack(model.path, (*REQUIRED, *there))
        except OSError as error:
            raise damaged(model.name, f"its files cannot be read ({error})") from error
        return cls(model.name, model.weights, str(model.calibration), files)

    def unpacked(self) -> tempfile.TemporaryDirectory[str]:
        """A temporary folder with the model in it, under its name; raises DiskError."""
        try:
            place = tempfile.TemporaryDirectory(prefix="digit-reader-")
            unpack(self.files, Path(place.name, self.name))
        except OSError as error:
            raise DiskError(
                f"The model could not be written to {tempfile.gettempdir()} ({error}). Free some "
                "disk space there, or set TMPDIR to another folder."
            ) from error
        return place

    def load(self) -> Recognizer:
        """Load it, as `Recognizer.load` does.

        Raises:
            ModelError: It is damaged.
            DiskError: There is no place for temporary files.
        """
        with self.unpacked() as place:
            return Recognizer.of(folder.read(Path(place, self.name)))
