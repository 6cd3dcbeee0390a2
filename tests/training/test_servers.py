"""Servers on several machines that share a folder of models: one training, seen by all."""

import shutil
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from recognizer.errors import BusyError, TrainingError
from recognizer.processes import Identity
from recognizer.training import claim, database_lock, job_state, jobs
from recognizer.training.past import past_trainings
from tests.collection.postgres import Server
from tests.conftest import SHIPPED
from tests.training.machines import Machine, machine
from tests.training.trainings import QUICK, now, visible
from tests.training_notes import note_training
from tests.waiting import wait_until

NewMachine = Callable[..., Machine]
HELD = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 7310128"
WAITING = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture
def shared(models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models for several machines; this one is another server."""
    shutil.copytree(SHIPPED / "mlp-baseline", models / "mlp-baseline")
    for name in ("BRIEFLY", "LONG"):
        monkeypatch.setattr(claim, name, 3)
    monkeypatch.setattr(database_lock, "_silent_until", 0)
    monkeypatch.delenv("PEN_DIGITS", raising=False)
    return models


@pytest.fixture
def database(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database for all of them."""
    with postgres.database() as url:
        monkeypatch.setenv("DRAWINGS_URL", url)
        yield url


@pytest.fixture
def new_machine(shared: Path) -> Iterator[NewMachine]:
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(machine(shared.parent, **options))


def state() -> str:
    return now().state


def key() -> int:
    return int((job_state.folder() / "id").read_text())


def wait_for_epochs() -> None:
    wait_until(lambda: now().progress.epochs == 3)


@pytest.mark.slow
def test_a_training_of_another_machine_is_seen_and_cancelled(
    database: str, new_machine: NewMachine, shared: Path
) -> None:
    one, two = new_machine(), new_machine()
    assert one.ask("start", "mine") is None
    busy = "BusyError: Training mine: "
    assert two.ask("start", "other").startswith(busy)
    wait_for_epochs()
    assert two.ask("state") == ["mine", "running", "Building the network"]
    assert two.ask("start", "other").startswith(busy)
    with pytest.raises(BusyError, match="Training mine"), jobs.run(QUICK):
        pass
    (shared / ".unfinished-x").mkdir()
    assert not now().process.here
    assert two.ask("cancel") is None
    assert one.trainings() == []
    assert one.ask("state")[:2] == ["mine", "cancelled"]
    assert state() == "cancelled"
    assert two.ask("start", "other") is None  # the claim has ended with it
    wait_for_epochs()
    (shared.parent / "finish").touch()
    wait_until(lambda: state() == "done")
    assert one.ask("state")[:2] == ["other", "done"]
    assert [each.state for each in past_trainings()] == ["done", "cancelled"]
    assert visible(shared) == [".unfinished-x", "mlp-baseline"]


@pytest.mark.slow
@pytest.mark.parametrize("in_database", [True, False])
def test_the_training_of_a_machine_that_fails_makes_way(
    request: pytest.FixtureRequest,
    new_machine: NewMachine,
    in_database: bool,
) -> None:
    if in_database:
        request.getfixturevalue("database")
    one = new_machine()
    assert one.ask("start", "mine") is None
    wait_for_epochs()
    one.fail()
    assert state() == "running"  # nobody can know yet
    wait_until(lambda: state() == "killed", 10)
    two = new_machine()
    assert two.ask("start", "mine") is None  # the same again
    wait_for_epochs()
    assert two.trainings()
    jobs.cancel(now().process)
    wait_until(lambda: two.trainings() == [])
    assert [each.state for each in past_trainings()] == ["cancelled", "killed"]


@pytest.mark.slow
@pytest.mark.parametrize("file_locks", [True, False])
def test_of_two_that_start_at_once_one_wins(
    database: str, new_machine: NewMachine, shared: Path, file_locks: bool
) -> None:
    """Also where the file system locks nothing: the database alone decides."""
    servers = [new_machine(file_locks=file_locks) for _ in range(2)]
    for number in range(3):
        for name, server in zip("ab", servers, strict=True):
            server.send("start", f"{name}{number}")
        answers = [server.answer() for server in servers]
        assert sorted(answer is None for answer in answers) == [False, True], answers
        assert "BusyError: " in str(answers)
        wait_until(lambda: list(shared.parent.glob("began-*")), 30)
        (began,) = shared.parent.glob("began-*")
        winner = answers.index(None)
        assert began.name.split("-")[1] == f"{'ab'[winner]}{number}"
        assert len([each for server in servers for each in server.trainings()]) == 1
        began.unlink()
        assert servers[1 - winner].ask("cancel") is None


@pytest.mark.slow
def test_a_training_survives_its_database(
    database: str, postgres: Server, new_machine: NewMachine
) -> None:
    one = new_machine()
    assert one.ask("start", "mine") is None
    wait_for_epochs()
    wait_until(lambda: database_lock.is_held(key()))
    postgres.stop("immediate")
    try:
        assert database_lock.is_held(key()) is None
        began = time.monotonic()
        assert state() == "running"  # it shows signs of life
        assert one.ask("state")[:2] == ["mine", "running"]
        assert time.monotonic() - began < 1
        with pytest.raises(BusyError):
            jobs.start(QUICK)
    finally:
        postgres.start()
    wait_until(lambda: holders(database))  # again
    assert len(one.trainings()) == 1
    jobs.cancel(now().process)
    wait_until(lambda: holders(database) == [])


def holders(url: str) -> list[int]:
    """The database's processes that hold the lock."""
    with psycopg.connect(url) as connection:
        return [pid for (pid,) in connection.execute(HELD)]


@pytest.mark.slow
def test_a_training_ends_when_another_one_has_its_claim(
    database: str, new_machine: NewMachine
) -> None:
    """Its machine was cut off, for so long that another one has begun."""
    one = new_machine()
    assert one.ask("start", "mine") is None
    wait_for_epochs()
    wait_until(lambda: holders(database))
    (holder,) = holders(database)
    with psycopg.connect(database, autocommit=True) as other, ThreadPoolExecutor(1) as thread:
        taking = thread.submit(other.execute, "SELECT pg_advisory_lock(7310128, %s)", [key()])
        with psycopg.connect(database) as admin:
            wait_until(lambda: admin.execute(WAITING).fetchone())
            admin.execute("SELECT pg_terminate_backend(%s)", [holder])
        taking.result()
        wait_until(lambda: not one.trainings())
    (past,) = past_trainings()
    assert past.state == "failed"
    assert "Another server has begun a training" in past.reason


def test_without_its_database_no_training_starts(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAWINGS_URL", "postgresql://me:secret@127.0.0.1:1/digits")
    with pytest.raises(TrainingError, match="No training starts without it") as caught:
        jobs.start(QUICK)
    assert "secret" not in "".join(traceback.format_exception(caught.value))
    assert job_state.current() is None


def test_a_page_does_not_wait_for_a_database_that_says_nothing(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_lock, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("DRAWINGS_URL", f"postgresql://me@127.0.0.1:{port}/digits")
        note_training(Identity(1, 1.0, "0" * 12))
        claim.show_life(job_state.folder(), time.time() - 20)
        monkeypatch.setattr(claim, "LONG", 60)
        (job_state.folder() / "id").write_text("1")
        for patience in (1, 0.1):  # the first one asks, the second one knows
            began = time.monotonic()
            assert state() == "running"  # as far as anyone can know
            assert time.monotonic() - began < patience
        claim.show_life(job_state.folder(), time.time() - 70)
        assert state() == "killed"


def test_folders_of_models_do_not_stop_each_other(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        claims.append(claim.Claim(tmp_path / name))
        claims[-1].take()
    second = claim.Claim(tmp_path / "a")
    with monkeypatch.context() as patch:
        patch.setattr(claim, "TAKING", 0)
        with pytest.raises(BusyError, match="Another server"):
            second.take()
    for each in claims:
        each.release()
    second.take()
    second.release()
