"""Networks run by LiteRT: loaded in milliseconds, without TensorFlow.

There is no package of LiteRT for some systems; there Keras reads.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.models.evaluation import as_input
from recognizer.models.litert_graph import check_graph


@cache
def available() -> bool:
    """Whether LiteRT is on this machine."""
    try:
        import ai_edge_litert.interpreter  # noqa: F401 - missing, or without its libraries
    except ImportError:
        return False
    return True


class LiteRTNetwork:
    """A network as a function of images, which any number of threads may call.

    LiteRT's interpreters are not thread-safe, so each call has one to itself. There are no more
    of them than the machine has cores: further calls wait.
    """

    def __init__(self, content: bytes) -> None:
        """Take the content of a model.tflite; raises ValueError or RuntimeError if it is none."""
        self._content = content
        first = self._interpreter()
        check_graph(first, content)
        first.allocate_tensors()
        self._idle = deque([first.get_signature_runner()])
        self._cores = BoundedSemaphore(os.cpu_count() or 1)

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Of images (n, 28, 28), n > 0, the probability of each digit, (n, 10).

        Memory grows with n: see `in_batches`.
        """
        with self.interpreter() as runner:
            (name,) = runner.get_input_details()
            (probabilities,) = runner(**{name: as_input(images)}).values()
        return np.asarray(probabilities)

    def _interpreter(self) -> Any:
        from ai_edge_litert.interpreter import Interpreter

        return Interpreter(model_content=self._content, num_threads=1)

    @contextmanager
    def interpreter(self) -> Iterator[Any]:
        """Give an interpreter that no other thread has; one that fails is not used again."""
        with self._cores:
            try:
                runner = self._idle.pop()
            except IndexError:
                runner = self._interpreter().get_signature_runner()
            yield runner
            self._idle.append(runner)
