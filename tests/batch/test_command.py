"""The command python -m recognizer.batch: what it says, and how it goes on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from recognizer.batch.__main__ import main
from recognizer.batch.output import is_complete, read_output
from recognizer.batch.packed_model import PackedModel
from recognizer.errors import DiskError
from tests.batch.samples import (
    command,
    line,
    only_progress,
    parts,
    run,
    some_drawings,
    write_lines,
    write_npz,
)
from tests.waiting import wait_until

DRAWN = some_drawings(400)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_npz(tmp_path_factory.mktemp("drawings") / "drawings.npz", DRAWN)


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


def test_a_killed_run_goes_on_with_what_is_missing(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    started = command(path, "-o", out, "--shard-size", 20, "--processes", 2)
    process = subprocess.Popen(started, stderr=subprocess.DEVNULL)
    wait_until(lambda: len(parts(out)) > 1)
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    wait_until(lambda: not any(child.is_running() for child in children))
    kept = {part: part.stat().st_mtime_ns for part in parts(out)}
    assert 0 < len(kept) < 20
    assert not is_complete(out)
    ended = run(path, "-o", out, "--shard-size", 20, "--processes", 1)
    assert ended.returncode == 0, ended.stderr
    assert only_progress(ended.stderr)
    assert ended.stdout.startswith("400 read, of which 0 not sure and 0 blank; 0 failed, in ")
    assert read_output(out)["id"].to_pylist() == [str(number) for number in range(400)]
    assert kept == {part: part.stat().st_mtime_ns for part in kept}
    assert {each.name for each in out.iterdir()} == {
        "_batch.json", ".lock", *(f"part-{number:08}.parquet" for number in range(20))
    }  # fmt: skip


def test_ctrl_c_says_how_to_go_on(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(path, "-o", out, "--shard-size", 10),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_until(lambda: parts(out))
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to all processes
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    *progress, last = said.strip().splitlines()
    assert only_progress("\n".join(progress))
    assert last == (
        f"recognizer.batch: interrupted; what was read is in {out}. Give the same command again to "
        "go on."
    )
    assert len(parts(out)) < 40


def test_what_was_read_is_not_read_again(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line(DRAWN[0]), "no JSON", line(DRAWN[1])]
    path = write_lines(tmp_path / "drawings.ndjson", lines)
    arguments = [str(path), "-o", str(tmp_path / "out"), "--processes", "1"]
    assert main(arguments) == 0
    assert "2 read, of which 0 not sure and 0 blank; 1 failed" in capsys.readouterr().out
    assert main(arguments) == 0
    assert "All was there already: 2 read" in capsys.readouterr().out
    write_lines(path, lines[:2])
    assert main(arguments) == 1
    assert "has the results of another run: input: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nowhere.npz"], "no file or folder nowhere.npz"),
        (["README.md"], "of no kind that can be read"),
        (["{path}", "--model", "nowhere"], "no model 'nowhere'"),
        (["{path}", "--processes", "0"], "--processes 0: give a whole number from 1 on"),
        (["{path}", "--shard-size", "-1"], "--shard-size -1: give"),
        (["{path}", "--cluster", "nonsense"], "is not the address of a cluster. Give host:port"),
        (["{path}", "--cluster", "127.0.0.1:1"], "There is no cluster at 127.0.0.1:1"),
    ],
)
def test_errors_are_reported_in_words(
    path: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    reason: str,
) -> None:
    given = [each.format(path=path) for each in arguments]
    assert main([*given, "-o", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("recognizer.batch: ")
    assert reason in error


def test_without_ray_the_message_names_the_file(
    path: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    assert main([str(path), "-o", str(tmp_path / "out")]) == 1
    assert "pip install -r requirements-cluster.txt" in capsys.readouterr().err


@pytest.mark.slow
def test_a_full_disk_ends_it_and_it_goes_on(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = (path, "-o", out, "--shard-size", 20, "--processes", 1)
    process = subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, text=True)
    wait_until(lambda: parts(out))
    limits = (100, psutil.RLIM_INFINITY)  # bytes of a file: what is longer has no place
    psutil.Process(process.pid).rlimit(psutil.RLIMIT_FSIZE, limits)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    *progress, last = said.strip().splitlines()
    assert only_progress("\n".join(progress))
    assert last.startswith("recognizer.batch: The disk is full")
    assert run(*arguments).returncode == 0
    assert read_output(out)["id"].to_pylist() == [str(number) for number in range(400)]


def test_a_model_has_to_have_a_place(model: PackedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    with pytest.raises(DiskError, match="TMPDIR"):
        model.load()
