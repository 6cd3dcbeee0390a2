"""The network in a model.tflite, checked before memory is allocated for it.

LiteRT takes what such a file says of its tensors and of their order at its word: a wrong shape asks
for any amount of memory and time, and a result that nothing computes ends the process.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from recognizer.datasets.mnist import SIDE
from recognizer.models.checked import NUMBERS

STEPS = 100  # of a network; the largest one here has 15
WIDEST = NUMBERS // SIDE**2  # channels, of which each may be as large as an image
IMAGE = (1, SIDE, SIDE, 1)
# What Keras makes of the layers that a network may have (keras_archive.LAYERS). No other step
# makes more of an image than its declared shape says, calls code or keeps a state.
NAMES = (
    "ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DIV ELU FULLY_CONNECTED "
    "LEAKY_RELU LOGISTIC MAXIMUM MAX_POOL_2D MEAN MINIMUM MUL PACK PRELU REDUCE_MAX RELU RELU6 "
    "RESHAPE RSQRT SHAPE SOFTMAX SQUARED_DIFFERENCE STRIDED_SLICE SUB SUM TANH"
)
KNOWN = frozenset(NAMES.split())


def check_graph(interpreter: Any, content: bytes) -> None:
    """Check the tensors and the steps of a network; raises ValueError.

    Args:
        interpreter: Of LiteRT, before memory is allocated.
        content: The file that it was made of; so it is a valid FlatBuffer.
    """
    if interpreter.num_subgraphs() != 1:
        raise ValueError("it is not one network")
    tensors = interpreter.get_tensor_details()
    _check_tensors(tensors)
    constants = dict(_constants(interpreter, tensors))
    for values in constants.values():
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise ValueError("its weights hold numbers that are not finite")
        if max(values.shape, default=0) > WIDEST:
            raise ValueError("it has too many channels")
    (image,) = interpreter.get_input_details()
    if tuple(image["shape"]) != IMAGE:
        raise ValueError("it does not take images of digits")
    computed = _computed(interpreter, {*constants, image["index"]})
    _check_windows(content)
    signature = interpreter.get_signature_runner()
    takes, gives = signature.get_input_details(), signature.get_output_details()
    if [each["index"] for each in takes.values()] != [image["index"]]:
        raise ValueError("it takes more than an image")
    if not computed.issuperset(each["index"] for each in gives.values()):
        raise ValueError("it has a result that nothing computes")


def _check_tensors(tensors: list[dict[str, Any]]) -> None:
    made = 0
    for each in tensors:
        if each["dtype"] not in (np.float32, np.int32) or each["sparsity_parameters"]:
            raise ValueError("it holds more than plain numbers")
        made += math.prod(each["shape"].tolist())
    if made > NUMBERS:
        raise ValueError(f"it makes {made:,} numbers of an image")


def _constants(interpreter: Any, tensors: list[dict[str, Any]]) -> Iterable[tuple[int, Any]]:
    """The tensors that have values already, by their numbers."""
    for each in tensors:
        try:
            yield each["index"], interpreter.get_tensor(each["index"])
        except ValueError:  # it is computed
            continue


def _computed(interpreter: Any, known: set[int]) -> set[int]:
    """What the steps of a network compute, each from what is known before it."""
    steps = interpreter._get_ops_details()  # there is no public way to know them
    if len(steps) > STEPS:
        raise ValueError(f"it has {len(steps):,} steps")
    computed = set[int]()
    for step in steps:
        takes, gives = (set(step[side].tolist()) for side in ("inputs", "outputs"))
        if step["op_name"] not in KNOWN:
            raise ValueError(f"it has a step that is not allowed: {step['op_name'][:40]!r}")
        if not takes - {-1} <= known | computed or gives & (known | computed):  # -1: no bias
            raise ValueError("its steps are not in order")
        computed |= gives
    return computed


def _check_windows(content: bytes) -> None:
    """Check that no window of pooling, and no step of one, is larger than an image."""
    from ai_edge_litert import schema_py_generated as schema

    network = schema.Model.GetRootAs(content).Subgraphs(0)
    for at in range(network.OperatorsLength()):
        options = network.Operators(at).BuiltinOptions()
        kind = network.Operators(at).BuiltinOptionsType()
        if kind == schema.BuiltinOptions.Pool2DOptions:
            window = schema.Pool2DOptions()
            window.Init(options.Bytes, options.Pos)
            sides = window.FilterWidth(), window.FilterHeight(), window.StrideW(), window.StrideH()
            if not all(0 < side <= SIDE for side in sides):
                raise ValueError("it has a window that is larger than an image")
