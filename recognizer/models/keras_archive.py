"""model.keras, checked before Keras reads it: it is an archive that anyone may have made.

Keras builds what config.json describes, and reads as much as model.weights.h5 says it holds: a few
bytes can ask for gigabytes, name code, or name other files.
"""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recognizer.datasets.archives import check_directory
from recognizer.models.checked import NUMBERS, WEIGHTS_BYTES, parse_json, read_bytes, remembered

if TYPE_CHECKING:
    import keras

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
BYTES = {"metadata.json": 10_000, CONFIG: 500_000, WEIGHTS: WEIGHTS_BYTES}  # by member
OBJECTS = 2000  # groups and arrays of the weights, at most
# What a network may consist of: what networks.py uses, and its like. None of it runs other code.
PLAIN_MODULES = {"keras.initializers", "keras.regularizers", "keras.constraints"}
NETWORKS = {("keras", "Sequential"), ("keras.src.models.functional", "Functional")}
LAYERS = frozenset(
    [
        "Activation",
        "Add",
        "AveragePooling2D",
        "BatchNormalization",
        "Concatenate",
        "Conv2D",
        "Dense",
        "DepthwiseConv2D",
        "Dropout",
        "ELU",
        "Flatten",
        "GaussianNoise",
        "GlobalAveragePooling2D",
        "GlobalMaxPooling2D",
        "InputLayer",
        "LayerNormalization",
        "LeakyReLU",
        "MaxPooling2D",
        "Multiply",
        "PReLU",
        "ReLU",
        "Rescaling",
        "Reshape",
        "SeparableConv2D",
        "Softmax",
        "SpatialDropout2D",
        "ZeroPadding2D",
    ]
)
OTHERS = {
    ("keras", "DTypePolicy"),
    ("keras.src.ops.numpy", "GetItem"),
    (None, "__keras_tensor__"),
    (None, "__slice__"),
}


@remembered(100)
def problem_of(path: Path) -> str:
    """What is wrong with an archive, its members only looked at; empty if nothing is.

    Raises OSError.
    """
    try:
        read_members(read_bytes(path, sum(BYTES.values())))
    except ValueError as error:
        return str(error)
    return ""


def read_members(content: bytes) -> dict[str, bytes]:
    """The members of an archive by name; raises ValueError where one is odd, missing or damaged."""
    try:
        check_directory(io.BytesIO(content))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if sorted(each.filename for each in members) != sorted(BYTES):
                raise ValueError("model.keras does not hold what Keras writes")
            if any(each.file_size > BYTES[each.filename] for each in members):
                raise ValueError("model.keras holds too much")
            if any(each.compress_type not in (0, zipfile.ZIP_DEFLATED) for each in members):
                raise ValueError("model.keras is compressed in an unusual way")
            return {each.filename: archive.read(each) for each in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
        raise ValueError("model.keras is truncated or has the wrong format") from error


def checked_config(path: Path) -> dict[str, Any]:
    """Check what Keras would read in an archive; return the configuration of its network.

    Raises:
        ValueError: It is damaged, or would run code, or take too much memory.
        OSError: It cannot be read.
    """
    content = read_bytes(path, sum(BYTES.values()))
    members = read_members(content)
    config = parse_json(members[CONFIG].decode("utf-8"))
    if not isinstance(config, dict):
        raise ValueError("its configuration is not an object")
    config.pop("compile_config", None)  # which is not used
    _check_classes(list(_classes(config)))
    _check_weights(members[WEIGHTS])
    return config


def _check_classes(classes: list[tuple[object, object]]) -> None:
    if sum(each in NETWORKS for each in classes) != 1:
        raise ValueError("it is not one network")
    for module, name in classes:
        layer = module == "keras.layers" and name in LAYERS
        if not (layer or module in PLAIN_MODULES or (module, name) in NETWORKS | OTHERS):
            raise ValueError(f"it has a part that is not allowed: {str(name)[:40]!r}")


def _classes(part: Any) -> Iterator[tuple[object, object]]:
    """The module and the name of everything that Keras would make."""
    if isinstance(part, dict):
        if "class_name" in part:
            registered = part.get("registered_name")
            odd = registered not in (None, part["class_name"])
            yield part.get("module"), registered if odd else part["class_name"]
        for inner in part.values():
            yield from _classes(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _classes(inner)


def _check_weights(content: bytes) -> None:
    """Check that all arrays are in the file itself, plain numbers; raises ValueError."""
    import h5py  # slow to import; only Keras reads what is checked here

    total, objects = 0, 0

    def check(name: str, link: object) -> str | None:
        nonlocal total, objects
        objects += 1
        if objects > OBJECTS:
            return "its weights have too many parts"
        if not isinstance(link, h5py.HardLink):
            return "its weights name another file"
        part = file[name]
        if isinstance(part, h5py.Dataset):
            total += part.nbytes
            if part.external or part.is_virtual or part.dtype.kind not in "fiu":
                return "its weights are no plain numbers"
            if total > len(content) or part.id.get_storage_size() != part.nbytes:
                return "its weights say that there is more than there is"
        return None

    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            reason = file.visititems_links(check)
    except Exception as error:  # h5py raises whatever it stumbles on in a damaged file
        raise ValueError("its weights are damaged") from error
    if reason:
        raise ValueError(reason)


def check_size(network: keras.Model) -> None:
    """Check how many numbers a network has and makes, before it has any; raises ValueError."""
    held = sum(math.prod(each.shape) for each in network.variables)
    made = sum(math.prod(layer.output.shape[1:]) for layer in network.layers)
    if max(held, made) > NUMBERS:
        raise ValueError(f"it has {held:,} parameters, and makes {made:,} numbers of an image")
