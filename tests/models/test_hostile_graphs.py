"""Exports for LiteRT that say of themselves what is not so: they would stop the server."""

from collections.abc import Callable
from typing import Any

import flatbuffers  # type: ignore[import-untyped]
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from recognizer.models.litert import LiteRTNetwork
from tests.conftest import SHIPPED

Damage = Callable[[Any], None]


def damaged(damage: Damage) -> bytes:
    """A shipped export whose network is changed."""
    content = (SHIPPED / "larger-cnn" / "model.tflite").read_bytes()
    network = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))
    damage(network)
    builder = flatbuffers.Builder(len(content))
    builder.Finish(network.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def step_of(network: Any, kind: str) -> Any:
    """The first step of a network with options of a kind, such as "Pool2D"."""
    wanted = getattr(schema, f"{kind}OptionsT")
    steps = network.subgraphs[0].operators
    return next(each for each in steps if isinstance(each.builtinOptions, wanted))


def _huge(network: Any) -> None:
    """A shape of 3,840,000,000 numbers, for which LiteRT would take memory."""
    outputs = step_of(network, "Pool2D").outputs
    network.subgraphs[0].tensors[outputs[0]].shape = [1, 4_000_000, 32, 30]


def _never_computed(network: Any) -> None:
    """The first dense layer writes over the image; nobody makes what the next one reads."""
    step_of(network, "FullyConnected").outputs = [network.subgraphs[0].inputs[0]]


def _in_a_circle(network: Any) -> None:
    first, last = step_of(network, "Conv2D"), network.subgraphs[0].operators[-1]
    first.inputs = [last.outputs[0], *first.inputs[1:]]


def _window(network: Any) -> None:
    step_of(network, "Pool2D").builtinOptions.filterHeight = 80_000_000


def _without_stride(network: Any) -> None:
    step_of(network, "Pool2D").builtinOptions.strideW = 0


def _another_step(network: Any) -> None:
    last = network.subgraphs[0].operators[-1]
    softmax = network.operatorCodes[last.opcodeIndex]
    softmax.builtinCode = softmax.deprecatedBuiltinCode = schema.BuiltinOperator.NEG
    last.builtinOptionsType, last.builtinOptions = schema.BuiltinOptions.NegOptions, None


def _without_end(network: Any) -> None:
    network.subgraphs[0].operators *= 20


def _two_networks(network: Any) -> None:
    network.subgraphs *= 2


def _weights_as_image(network: Any) -> None:
    """Whoever reads would write into the weights."""
    weights = int(step_of(network, "FullyConnected").inputs[1])
    network.signatureDefs[0].inputs[0].tensorIndex = weights


def _wide_image(network: Any) -> None:
    network.subgraphs[0].tensors[network.subgraphs[0].inputs[0]].shape = [1, 28, 2800, 1]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_huge, "numbers of an image"),
        (_never_computed, "not in order"),
        (_in_a_circle, "not in order"),
        (_window, "larger than an image"),
        (_without_stride, "larger than an image"),
        (_another_step, "not allowed: 'NEG'"),
        (_without_end, "steps"),
        (_two_networks, "not one network"),
        (_weights_as_image, "more than an image"),
        (_wide_image, "does not take images"),
    ],
)
def test_a_network_that_lies_is_refused_before_it_takes_memory(damage: Damage, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        LiteRTNetwork(damaged(damage))


def test_a_network_that_is_only_packed_anew_reads() -> None:
    images = np.zeros((2, 28, 28), np.uint8)
    assert LiteRTNetwork(damaged(lambda _: None))(images).shape == (2, 10)
