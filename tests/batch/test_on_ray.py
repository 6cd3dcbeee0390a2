"""A real Ray cluster of two nodes with a core each: it reads what processes read here."""

import os
import subprocess
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from recognizer.batch.output import read_output
from recognizer.batch.run import Request
from recognizer.batch.run import run as read_all
from tests import clusters
from tests.batch.ray_samples import DeadlySource
from tests.batch.samples import command, line, only_progress, parts, run, some_drawings, write_lines
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

NUMBER = 3000
SIZE = 100
STANDING = 120  # seconds without a shard after which it stands still


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with clusters.cluster() as started:
        yield started


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = [line(each, key_id=f"d{at}") for at, each in enumerate(some_drawings(NUMBER))]
    lines[7] = "no JSON"
    return write_lines(tmp_path_factory.mktemp("drawings") / "drawings.ndjson", lines)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run the command in another folder: the nodes have no code but what they are given."""
    root = str(Path(__file__).resolve().parents[2])
    environment = os.environ | {"PYTHONPATH": root}
    return {"cwd": tmp_path_factory.mktemp("elsewhere"), "env": environment}


def test_a_cluster_reads_what_processes_read(
    cluster: Any, path: Path, tmp_path: Path, elsewhere: dict[str, Any]
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    options = ("--shard-size", SIZE)
    assert run(path, "-o", here, *options, "--processes", 2).returncode == 0
    ended = run(path, "-o", there, *options, "--cluster", cluster.address, **elsewhere)
    assert ended.returncode == 0, ended.stderr
    assert only_progress(ended.stderr)  # nothing of Ray's
    assert ended.stdout.startswith("2,999 read, of which 0 not sure and 0 blank; 1 failed")
    assert read_output(there).equals(read_output(here))
    (there / "part-00000003.parquet").unlink()
    (there / "_batch.json").write_text(
        (there / "_batch.json").read_text().replace('"summary"', '"before"')
    )
    assert run(path, "-o", there, *options, "--cluster", cluster.address).returncode == 0
    assert read_output(there).equals(read_output(here))


def to_the_end(process: "subprocess.Popen[str]", out: Path) -> tuple[str, str]:
    """What it prints until it ends. On a busy machine it may take long, but stands still never."""
    done = -1
    while len(parts(out)) > done:
        done = len(parts(out))
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=STANDING)
    process.kill()
    said, error = process.communicate()
    pytest.fail(f"no shard for {STANDING} s after {done}: {said}{error}")


@pytest.mark.timeout(900)  # as long as it goes on
def test_a_node_that_is_killed_takes_nothing_along(
    cluster: Any, path: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = command(path, "-o", out, "--shard-size", SIZE, "--cluster", cluster.address)
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    wait_until(lambda: len(parts(out)) > 4 or process.poll() is not None, STANDING)
    assert process.poll() is None, process.communicate()
    clusters.kill_node(cluster)
    clusters.add_node(cluster)
    said, error = to_the_end(process, out)
    assert process.returncode == 0, error
    assert said.startswith("2,999 read")
    ids = read_output(out)["id"].to_pylist()
    assert ids == [f"d{at}" if at != 7 else "7" for at in range(NUMBER)]


@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_what_a_cluster_leaves_out_is_read_here(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record at which all processes die is the only one that fails."""
    from recognizer.batch import on_ray

    for module in ("local", "on_ray"):
        monkeypatch.setattr(f"recognizer.batch.{module}.TRIES", 1)
    left_out: list[int | None] = []
    original = on_ray.results

    def noted(*arguments: Any, **options: Any) -> Generator[Any, None, int | None]:
        done = yield from original(*arguments, **options)
        left_out.append(done)
        return done

    monkeypatch.setattr(on_ray, "results", noted)
    monkeypatch.setattr("recognizer.batch.run.open_input", lambda *_: DeadlySource())
    out = tmp_path / "out"
    said = read_all(Request(tmp_path, out, cluster=cluster.address, processes=1))
    # The number of shards is lost, too, if it was on its way to a process that died.
    assert left_out in ([4], [None])
    assert said.startswith("7 read, of which 0 not sure and 0 blank; 1 failed")
    assert read_output(out)["status"].to_pylist() == ["digit"] * 3 + ["failed"] + ["digit"] * 4
