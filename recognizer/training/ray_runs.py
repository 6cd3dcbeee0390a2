"""The runs of a sweep on a Ray cluster: each is a task, with its cores, on any node.

A node needs the packages of requirements.txt and requirements-cluster.txt, and nothing else: code,
data and the model to start from are sent to it, and the folder of the new model comes back. When
a node dies, its runs are trained again on others.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from recognizer import cluster
from recognizer.errors import ClusterError
from recognizer.models import records, registry
from recognizer.models.packing import Files, pack, unpack
from recognizer.models.publication import publish
from recognizer.training import runs
from recognizer.training.materials import Materials, train_request
from recognizer.training.progress_writer import ProgressWriter, Write, writer_into
from recognizer.training.request import TrainingRequest

RETRIES = 20  # of a run whose node has died
NEWS = 1.0  # seconds between two looks at what the nodes have noted
AT_ONCE = 500  # runs that are handed to the cluster; it decides how many of them run


class Board:
    """An actor to which runs send their notes, and which the sweep asks for news."""

    def __init__(self) -> None:
        self._news: dict[tuple[str, str], str] = {}

    def put(self, run: str, file: str, text: str) -> None:
        """Take a file of a run; the last one counts."""
        self._news[run, file] = text

    def take(self) -> dict[tuple[str, str], str]:
        """The files that are new since the last call."""
        news, self._news = self._news, {}
        return news


class RayRuns:
    """Trains requests on a cluster, from any number of threads; made by `on_cluster`."""

    at_once = AT_ONCE

    def __init__(self, ray: Any, materials: Materials, cores_each: int) -> None:
        self._ray = ray
        self._materials = ray.put(materials)
        # A process each, as in a sweep on one machine: TensorFlow gives no memory back.
        options = {"num_cpus": cores_each, "max_retries": RETRIES, "max_calls": 1}
        self._task = ray.remote(**options)(train_there)
        here = cluster.beside_this_process(ray)  # no other node takes it along
        self._board = ray.remote(num_cpus=0, label_selector=here)(Board).remote()
        self._cores = cores_each
        self._folders: dict[str, Path] = {}
        self._tasks: list[Any] = []
        self._ended = threading.Event()
        self._bringing = threading.Lock()

    def train(self, request: TrainingRequest) -> None:
        """Train one run of a sweep; raises as `train_into`."""
        self.train_into(request, runs.folder_of(request))

    def train_into(self, request: TrainingRequest, folder: Path) -> str:
        """Train a request and publish its model; its notes go into a folder.

        Returns:
            What the model is called.

        Raises:
            ClusterError: The cluster does not answer any more, or its nodes died too often.
            TrainingError: It cannot go on; and whatever else a training raises.
        """
        if self._ended.is_set():
            raise ClusterError("The sweep was ended.")
        self._folders[request.name] = folder
        start = pack(registry.find_model(request.start_from).path) if request.start_from else {}
        task = self._task.remote(request, self._materials, start, self._board, self._cores)
        self._tasks.append(task)
        try:
            name = _publish(request, self._ray.get(task))
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except self._ray.exceptions.RayError as error:
            raise ClusterError(f"The cluster could not train it: {error}") from error
        self._bring_news()
        history = registry.find_model(name).history  # the last notes may still be on their way
        writer_into(folder)("history.csv", history.to_csv(index_label="epoch"))
        runs.note_end(folder, "done", model=name)
        return name

    def stop(self) -> None:
        """End all that run, at once, and start no other one."""
        self._ended.set()
        for task in self._tasks:
            with suppress(Exception):
                self._ray.cancel(task, force=True)

    def follow(self) -> None:
        """Write what the nodes have noted into the folders of the runs, until the end."""
        while not self._ended.wait(NEWS):
            self._bring_news()

    def _bring_news(self) -> None:
        # There will be other news, if these are lost.
        with self._bringing, suppress(self._ray.exceptions.RayError, OSError):
            for (run, file), text in self._ray.get(self._board.take.remote(), timeout=10).items():
                writer_into(self._folders[run])(file, text)


@contextmanager
def on_cluster(address: str, materials: Materials, cores_each: int = 1) -> Iterator[RayRuns]:
    """Connect to a cluster, on which requests are then trained.

    Raises:
        ClusterError: There is no Ray, or no such cluster, or no node has so many cores.
    """
    environment = {"env_vars": {"TF_CPP_MIN_LOG_LEVEL": "3"}}
    with cluster.connected(address, **environment) as ray:
        most = max((node["Resources"].get("CPU", 0) for node in ray.nodes()), default=0)
        if most < cores_each:
            raise ClusterError(
                f"No node of {address} has {cores_each} cores for a training; the largest one has "
                f"{most:g}. Add nodes, or lower --cores."
            )
        place = RayRuns(ray, materials, cores_each)
        follower = threading.Thread(target=place.follow, daemon=True)
        follower.start()
        try:
            yield place
        finally:
            place.stop()
            follower.join()


def _publish(request: TrainingRequest, files: Files) -> str:
    """Put a model that was trained elsewhere into the folder of models; return its name."""
    with publish(request.name, replace=request.replace) as new:
        unpack(files, new.folder)
        if registry.is_shipped(request.name):  # a shipped model that is replaced is still shipped
            file = new.folder / "recipe.json"
            recipe = records.read_recipe(file.read_text(encoding="utf-8"))
            file.write_text(records.to_json(replace(recipe, shipped=True)), encoding="utf-8")
    return new.name


# On a node


def train_there(
    request: TrainingRequest, materials: Materials, start: Files, board: Any, cores: int
) -> Files:
    """Train a request in a folder of models of its own; return the new model, packed."""
    place = tempfile.mkdtemp(prefix="digit-reader-")
    os.environ["MODELS_DIR"] = place
    os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = str(cores)
    try:
        if request.start_from:
            unpack(start, Path(place, request.start_from))
        model = train_request(request, materials, ProgressWriter(_sender(board, request.name)))
        return pack(model.path)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _sender(board: Any, run: str) -> Write:
    def send(file: str, text: str) -> None:
        with suppress(Exception):  # a note that is lost does no harm
            board.put.remote(run, file, text)

    return send
