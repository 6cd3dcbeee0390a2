"""Processes identified, ended with all that they started, and what killed ones leave behind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from recognizer import processes
from recognizer.models import records
from recognizer.processes import Identity
from tests.conftest import SHIPPED, lack
from tests.training.machines import APART
from tests.waiting import wait_until

UNUSED = 2**22 + 1  # no process has such a number


def test_a_later_process_with_the_same_number_is_another_one() -> None:
    me = processes.own()
    assert me.alive
    assert me.is_same(Identity.of(me.pid))
    assert not Identity(me.pid, me.started - 100).alive
    assert not Identity(UNUSED, me.started).alive


def test_a_process_that_has_ended_is_not_alive_although_nobody_asked() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        identity = Identity.of(process.pid)
        wait_until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE)
        assert not identity.alive


def test_killing_a_process_ends_what_it_has_started() -> None:
    script = "import subprocess; print(subprocess.Popen(['sleep', '99']).pid, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", script], stdout=-1, stdin=-1, text=True) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        identity = Identity.of(parent.pid)
        identity.kill()
        assert not identity.alive
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
        identity.kill()  # nothing happens


def test_a_process_can_let_others_go_first() -> None:
    script = (
        "import psutil; from recognizer import processes\n"
        "processes.step_back(); print(psutil.Process().nice())"
    )
    run = [sys.executable, "-c", script]
    printed = subprocess.run(run, cwd=SHIPPED.parent, capture_output=True, text=True, check=True)
    assert int(printed.stdout) == 19


def test_a_file_is_written_completely_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "notes.json"
    processes.write_whole(path, "one")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="No space left"):
            processes.write_whole(path, "two")
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]


def test_only_what_killed_processes_wrote_is_a_leftover(tmp_path: Path) -> None:
    me = processes.own()
    own = tmp_path / f"{processes.owned('new')}x"
    gone = tmp_path / f".new-{UNUSED}-{100 * me.started:.0f}-x"
    earlier = tmp_path / f".part-{me.pid}-{100 * (me.started - 100):.0f}-y.json"
    for path in (own, gone, earlier, tmp_path / ".new-x", tmp_path / "model"):
        path.mkdir()
    assert set(processes.leftovers(tmp_path)) == {gone, earlier}
    assert list(processes.leftovers(tmp_path / "nowhere")) == []


def test_what_another_machine_writes_is_a_leftover_once_it_is_old(tmp_path: Path) -> None:
    """Nobody here can know whether it is being written."""
    start = f"{UNUSED}-100-"
    fresh, old, ours = (
        tmp_path / f".new-{machine}-{start}x-{machine}"
        for machine in ("0" * 12, "f" * 12, processes.machine())
    )
    for path in (fresh, old, ours):
        path.mkdir()
    long_ago = old.stat().st_mtime - processes.ABANDONED - 60
    os.utime(old, (long_ago, long_ago))
    assert set(processes.leftovers(tmp_path)) == {old, ours}
    owner = processes.owner_of(fresh)
    assert owner == Identity(UNUSED, 1.0, "0" * 12)
    assert not owner.here
    assert not owner.alive


def test_a_process_of_another_machine_is_neither_the_same_nor_ended() -> None:
    me = processes.own()
    twin = Identity(me.pid, me.started, "0" * 12)
    assert not twin.is_same(me)
    twin.kill()  # this process goes on


def test_notes_of_older_versions_are_about_this_machine() -> None:
    assert records.parse(Identity, {"pid": 5, "started": 1.0}) == Identity(5, 1.0)
    assert Identity(5, 1.0).here
    owner = processes.owner_of(Path(".new-4194304-123456789012-x"))
    assert owner == Identity(4194304, 1234567890.12)


def test_a_container_is_a_machine_of_its_own() -> None:
    script = "from recognizer import processes; print(processes.machine())"
    command = [sys.executable, "-c", script]
    if os.geteuid():
        lack("only root can start processes with numbers of their own (unshare)")
    name = subprocess.check_output([*APART, *command], cwd=SHIPPED.parent, text=True).strip()
    assert re.fullmatch("[0-9a-f]{12}", name)
    assert name != processes.machine()


def test_files_and_folders_are_removed(tmp_path: Path) -> None:
    folder, file = tmp_path / "folder", tmp_path / "file"
    (folder / "inner").mkdir(parents=True)
    file.touch()
    for path in (folder, file, tmp_path / "nowhere"):
        processes.remove(path)
    assert list(tmp_path.iterdir()) == []
