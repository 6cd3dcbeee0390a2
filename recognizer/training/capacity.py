"""How many trainings this machine can do at a time."""

from __future__ import annotations

import psutil

from recognizer.errors import RequestError
from recognizer.processes import cores

MEMORY = 2.5e9  # bytes that a training on drawings takes at most; one on MNIST alone 1.3e9


def at_once(cores_each: int = 1) -> int:
    """How many trainings fit into this machine's cores and free memory; raises RequestError."""
    if not 1 <= cores_each <= cores():
        raise RequestError(f"--cores {cores_each}: this machine has {cores()} for trainings.")
    fit = int(psutil.virtual_memory().available // MEMORY)
    return max(min(cores() // cores_each, fit), 1)
