"""Publishing a model: complete or not at all, whatever interrupts it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from recognizer.errors import DiskError, ModelError
from recognizer.models import registry
from recognizer.models.publication import publish, sweep
from tests.conftest import SHIPPED


def visible(models: Path) -> list[str]:
    """What is in the folder of models, but for its lock."""
    return sorted(path.name for path in models.iterdir() if path.name != ".lock")


def test_a_model_is_not_there_until_it_is_complete(models: Path) -> None:
    with publish("mine") as new:
        (new.folder / "model.keras").touch()
        assert registry.list_models() == []
    assert visible(models) == ["mine"]


@pytest.mark.parametrize("interruption", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_publication_leaves_nothing(
    models: Path, interruption: type[BaseException]
) -> None:
    def write_half() -> None:
        with publish("mine") as new:
            (new.folder / "model.keras").touch()
            raise interruption

    with pytest.raises(interruption):
        write_half()
    assert visible(models) == []


def test_a_taken_name_is_refused_unless_it_is_replaced(model_copy: Path, models: Path) -> None:
    with pytest.raises(ModelError, match="is taken"), publish("larger-cnn"):
        pass
    with publish("larger-cnn", replace=True) as new:
        (new.folder / "new").touch()
        assert (model_copy / "model.keras").exists()
    assert [path.name for path in model_copy.iterdir()] == ["new"]
    assert visible(models) == ["larger-cnn"]


def test_a_failed_replacement_keeps_the_old_model(
    model_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def fail_for_the_new(self: Path, target: Path) -> Path:
        if self.parent.name.startswith(".new-") and self.name == "larger-cnn":
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_new)
    with pytest.raises(DiskError, match="disk full"), publish("larger-cnn", replace=True):
        pass
    assert registry.find_model("larger-cnn").accuracy > 0.9


def test_a_name_that_is_being_trained_is_taken(own_model: Path) -> None:
    with publish("new") as new:
        with pytest.raises(ModelError, match="being trained"):
            registry.rename("mine", "new")
        shutil.copytree(own_model, new.folder, dirs_exist_ok=True)
    assert {model.name for model in registry.complete_models()} == {"larger-cnn", "mine", "new"}


def test_a_name_taken_meanwhile_loses_neither_model(own_model: Path, models: Path) -> None:
    with publish("new") as new:
        shutil.copytree(own_model, new.folder, dirs_exist_ok=True)
        shutil.copytree(own_model, models / "new")  # by hand, meanwhile
    assert new.name == "new-2"
    assert {model.name for model in registry.complete_models()} >= {"new", "new-2"}


def test_what_a_living_process_writes_is_not_swept(models: Path) -> None:
    with publish("mine") as new:
        sweep()
        assert new.folder.is_dir()
        shutil.copytree(SHIPPED / "larger-cnn", new.folder, dirs_exist_ok=True)
    assert registry.find_model("mine")


def test_a_model_that_another_machine_was_replacing_comes_back(
    model_copy: Path, models: Path
) -> None:
    """At once, although nobody here can know whether that machine still writes."""
    aside = models / f".new-{'0' * 12}-5-100-x" / ".aside"
    aside.mkdir(parents=True)
    model_copy.rename(aside / "larger-cnn")
    sweep()
    assert registry.find_model("larger-cnn")
    assert aside.exists()


# Publishes again and again, each time in a copy of the folder of models and in a process of its
# own. The first is not killed, the second at its first call to the file system, and so on.
PUBLISH = """
import os, shutil, signal, sys
from pathlib import Path
from recognizer import processes
from recognizer.models import publication, registry
name, fresh, work = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])

def publish_once(last):
    processes.own.cache_clear()
    processes.own()
    calls = 0
    def count(event, args):
        nonlocal calls
        if event.startswith(("open", "os.", "shutil.", "tempfile.")):
            calls += 1
            if calls == last:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(count)
    with publication.publish(name, replace=name == "larger-cnn") as new:
        for file in (registry.models_dir() / "source").iterdir():
            (new.folder / file.name).write_bytes(file.read_bytes())

last = 0
while True:
    models = work / str(last)
    shutil.copytree(fresh, models)
    os.environ["MODELS_DIR"] = str(models)
    child = os.fork()
    if not child:
        publish_once(last)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or status == 0
    if last and not os.WIFSIGNALED(status):
        break  # it made fewer calls than that
    last += 1
"""


@pytest.mark.parametrize("name", ["larger-cnn", "new"])
def test_killed_at_any_call_a_publication_leaves_complete_models(
    model_copy: Path, models: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(model_copy, models / "source")
    (models / "source" / "confidence.json").unlink()  # so that old and new can be distinguished
    work = models.with_name("work")
    work.mkdir()
    command = [sys.executable, "-c", PUBLISH, name, str(models), str(work)]
    subprocess.run(command, cwd=SHIPPED.parent, check=True, capture_output=True)
    results = sorted(work.iterdir(), key=lambda path: int(path.name))
    assert len(results) > 15
    published = set()
    for result in results:
        monkeypatch.setenv("MODELS_DIR", str(result))
        sweep()
        names = set(visible(result))
        assert {"larger-cnn", "source"} <= names <= {"larger-cnn", "source", "new"}
        assert {model.name for model in registry.complete_models()} == names
        published.add(name in names and not (result / name / "confidence.json").exists())
    assert published == {False, True}
