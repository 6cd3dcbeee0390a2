"""Pages that stay open while what they need breaks, and comes back: no restart is needed."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from recognizer import Collection
from recognizer.collection import database
from recognizer.datasets.mnist import Mnist, find_mnist
from recognizer.errors import DiskError, ModelError
from recognizer.models import registry
from recognizer.processes import Identity
from recognizer.training import job_state, notes
from tests.conftest import SHIPPED
from tests.digits import DIGITS
from tests.disks import fill, small_disk
from tests.training_notes import note_training
from tests.ui.pages import DATA, DRAWINGS, charts, open_draw_page, open_page, text_of
from tests.ui.test_draw_page import answer, draw

DAY = 24 * 3600.0


def move_away(models: Path) -> None:
    models.rename(models.with_name("away"))


def put_a_file_there(models: Path) -> None:
    move_away(models)
    models.touch()


def put_a_link_to_itself_there(models: Path) -> None:
    move_away(models)
    models.symlink_to(models)


@pytest.mark.usefixtures("model_copy", "stranger")
@pytest.mark.parametrize("damage", [move_away, put_a_file_there, put_a_link_to_itself_there])
def test_without_its_folder_the_page_says_so_until_it_is_back(
    models: Path, damage: Callable[[Path], None]
) -> None:
    page = draw(open_draw_page(), DIGITS[3])
    damage(models)
    draw(page, DIGITS[6])
    assert "There is no folder of models at …. Bring it back" in answer(page)
    assert str(models.parent) not in text_of(page)
    with pytest.raises((ModelError, DiskError)):
        registry.activate("larger-cnn")
    if os.path.lexists(models):
        models.unlink()
    models.with_name("away").rename(models)
    assert ">4</div>" in answer(draw(page, DIGITS[4]))
    assert not page.error


@pytest.mark.usefixtures("model_copy")
def test_another_folder_in_its_place_reads_from_the_next_drawing_on(models: Path) -> None:
    page = draw(open_draw_page(), DIGITS[3])
    move_away(models)
    shutil.copytree(SHIPPED / "mlp-baseline", models / "mlp-baseline")
    draw(page, DIGITS[6])
    assert ">6</div>" in answer(page)
    assert "**mlp-baseline**: " in text_of(page)


def test_files_that_may_not_be_read_are_said_to_be_so(
    model_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may read everything, so that it is refused here."""
    page, stat = draw(open_draw_page(), DIGITS[3]), os.stat

    def refused(path: int | str | Path, *args: int, **more: bool) -> os.stat_result:
        if not isinstance(path, int) and Path(path).parent == model_copy:
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", refused)
        draw(page, DIGITS[6])
        assert "Make its folder and files readable" in text_of(page)
        assert "Train it again" not in text_of(page)
    assert ">4</div>" in answer(draw(page, DIGITS[4]))


def test_a_full_disk_changes_nothing_until_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The active model reads on, and what a visitor keeps is kept or said not to be."""
    with small_disk(tmp_path / "disk", "8m") as disk:
        for name in ("larger-cnn", "mlp-baseline"):
            shutil.copytree(SHIPPED / name, disk / name)
        monkeypatch.setenv("MODELS_DIR", str(disk))
        monkeypatch.setenv("DRAWINGS_URL", f"sqlite:///{disk / 'kept.sqlite3'}")
        registry.activate("larger-cnn")
        collection = Collection.open()
        page = draw(open_draw_page(), DIGITS[7])
        other = fill(disk)
        with pytest.raises(DiskError, match="Free some disk space"):
            registry.activate("mlp-baseline")
        page.button(key="correct").click().run()
        assert "Nothing can be kept at the moment." in text_of(page)
        assert ">3</div>" in answer(draw(page, DIGITS[3]))
        assert registry.active_model().name == "larger-cnn"
        other.unlink()
        page.button(key="correct").click().run()
        assert [each.label for each in collection.drawings()] == [3]
        registry.activate("mlp-baseline")
        assert not [each.name for each in disk.iterdir() if each.name.startswith(".part")]
        database.close_all()


def test_mnist_that_is_removed_and_comes_back(
    mnist: Mnist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(shutil.copy(find_mnist(), tmp_path / "mnist.npz"))
    monkeypatch.setenv("MNIST_NPZ", str(file))
    page = open_page(DATA)
    shown = charts(page)
    assert shown
    away = file.rename(tmp_path / "away.npz")
    page.run()
    assert not page.exception
    assert [each.proto.title for each in page.error] == ["MNIST is not available"]
    away.rename(file)
    page.run()
    assert not page.error
    assert charts(page) == shown


def test_a_clock_that_is_set_back_does_not_keep_a_database_that_is_back_from_being_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAWINGS_URL", "postgresql://nobody@localhost:1/nothing")
    page = open_page(DRAWINGS)
    assert page.error
    monkeypatch.setenv("DRAWINGS_URL", f"sqlite:///{tmp_path / 'kept.sqlite3'}")
    seconds, since = time.time(), time.monotonic()
    monkeypatch.setattr(time, "time", lambda: seconds - DAY)
    monkeypatch.setattr(time, "monotonic", lambda: since + 60)
    page.run()
    assert not page.exception
    assert not page.error


def test_the_log_of_a_killed_training_is_read_once(
    model_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every page asks, at each of its runs, how the last training ended."""
    note_training(Identity(1, 0.0))
    log = job_state.folder() / "log.txt"
    os.utime(log, (log.stat().st_atime, time.time() - 60))  # nobody is writing it
    read: list[Path] = []
    original = notes.read_log

    def noted(folder: Path) -> str | None:
        read.append(folder)
        return original(folder)

    monkeypatch.setattr(notes, "read_log", noted)
    for _ in range(3):
        job = job_state.current()
        assert job
        assert job.state == "killed"
    assert len(read) == 1
    log.write_text("No space left on device")
    job = job_state.current()
    assert job
    assert job.reason == job_state.FULL
