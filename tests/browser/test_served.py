"""The app served to others, and visitors who do not keep to what its pages offer."""

import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from recognizer import Collection
from recognizer.processes import Identity
from recognizer.training import job_state
from tests.browser.driver import serve
from tests.browser.jobs import NO_DRAWINGS
from tests.browser.protocol import visit
from tests.collection.samples import drawing, reading
from tests.conftest import SHIPPED
from tests.training_notes import note_training

GONE = Identity(os.getpid(), 0.0)  # no process: this number is taken by one that started later
PAGES = ["Draw", "Models", "Training", "Drawings", "Data"]
FOR_ALL = ["ONNX"]  # what everyone may press, and takes minutes on a busy machine
HOSTILE = {
    "Markdown": "a\n\n# Forged\n\n[link](https://evil.example) ![x](https://evil.example/x.png)",
    "an address": "https://evil.example www.evil.example",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "control characters": "a\0\x1b[31m\r\n\t\u202eb",
    "many characters": "x" * 100_000,
    "half a character": "%ED%A0%80",
}


@pytest.fixture(scope="module")
def fetched() -> Iterator[list[str]]:
    """What the server fetches from where MNIST should be."""
    paths: list[str] = []

    class Source(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("localhost", 0), Source) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        paths.append(f"http://localhost:{server.server_port}/mnist.npz")
        yield paths
        server.shutdown()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two models, one of them trained here, and a training that failed."""
    folder = tmp_path_factory.mktemp("served") / "models"
    shutil.copytree(SHIPPED / "mlp-baseline", folder / "mlp-baseline")
    shutil.copytree(SHIPPED / "mlp-baseline", folder / "mine")
    recipe = folder / "mine" / "recipe.json"
    recipe.write_text(recipe.read_text().replace('"shipped": true', '"shipped": false'))
    (folder / ".active").write_text("mlp-baseline")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODELS_DIR", str(folder))
        note_training(GONE)
        (folder / ".training" / "log.txt").write_text(f"a line of the log: {folder}/mine")
        job_state.note_end("failed", f"[Errno 13] Permission denied: '{folder}/mine/model.keras'")
        yield folder


@pytest.fixture(scope="module")
def environment(
    folder: Path, fetched: list[str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    home = str(tmp_path_factory.mktemp("keras"))
    mnist = {"MNIST_NPZ": "", "KERAS_HOME": home, "MNIST_URL": fetched.pop()}
    return mnist | {"MODELS_DIR": str(folder)} | NO_DRAWINGS


@pytest.fixture(scope="module")
def served(environment: dict[str, Any]) -> Iterator[str]:
    with serve("--server.address=0.0.0.0", **environment) as address:
        yield address


def state_of(folder: Path) -> dict[str, object]:
    """All that a visitor must not change."""
    kept = Collection.open().drawings(accepted=False)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    files -= {".lock", ".training/lock", ".training/id"}  # which say nothing
    return {"files": files, "kept": sorted((each.id, each.label) for each in kept)}


@pytest.mark.slow
def test_presses_of_what_is_disabled_or_not_there_change_nothing(
    served: str, environment: dict[str, Any], folder: Path
) -> None:
    Collection.open().add(drawing(3), 3, contributor="ada", reading=reading(3, 0.99))
    buttons: dict[str, tuple[str, str]] = {}
    with serve(**environment) as local, visit(local) as owner:  # who may do everything
        for page in PAGES:
            owner.open(page)
            found = owner.buttons()
            found = {id: label for id, label in found.items() if label not in FOR_ALL}
            retrain = next(id for id, label in found.items() if label == "Retrain")
            if page == "Draw":
                owner.press(retrain)
                found |= owner.buttons()
            found = {id: label for id, label in found.items() if label != "ONNX"}  # for everyone
            buttons |= {id: (page, label) for id, label in found.items()}
    labels = {label for _, label in buttons.values()}
    assert labels >= {"Retrain", "Start training", "Use this model", "Delete mine", "Accept"}
    before = state_of(folder)
    with visit(served) as stranger:
        for page in PAGES:
            stranger.open(page)
            for id in (id for id, (there, _) in buttons.items() if there == page):
                assert "Start training" not in stranger.press(id)
    assert state_of(folder) == before


@pytest.mark.parametrize(
    "value",
    [
        '{"presses": 5, "width": "x", "drawing": 5}',
        '{"presses": {"a": 1}, "width": NaN, "drawing": {"raw": {"objects": 5}}}',
        '{"presses": null, "width": null, "drawing": {"raw": null}}',
        '{"presses": "' + "u" * 300_000 + '", "width": 1e400}',
        "null",
    ],
)
def test_a_canvas_may_report_anything(served: str, value: str) -> None:
    with visit(served) as stranger:
        stranger.open()
        canvases = stranger.components()
        assert len(canvases) == 2
        for widget in canvases:
            assert "exception {" not in stranger.report(widget, value)


def test_a_foreign_origin_is_refused(served: str) -> None:
    with pytest.raises(InvalidStatus), visit(served, "https://evil.example"):
        pass


def test_a_forged_header_makes_nobody_an_owner(served: str) -> None:
    forged = {"X_Forwarded_For": "127.0.0.1", "X_Real_IP": "::1", "Forwarded": "for=127.0.0.1"}
    with visit(served, **forged) as stranger:
        assert "There is no allow-list yet" in stranger.open("About")


def test_a_stranger_starts_no_download_and_sees_no_log_and_no_folder(
    served: str, folder: Path, fetched: list[str]
) -> None:
    before = list(fetched)  # for the owner, in other tests
    with visit(served) as stranger:
        data, training = stranger.open("Data"), stranger.open("Training")
    assert "Whoever may retrain can fetch it" in data
    assert fetched == before
    assert "Permission denied" in training
    assert "a line of the log" not in training
    assert str(folder) not in data + training


def test_only_a_page_that_asks_for_files_takes_them(served: str) -> None:
    with visit(served) as stranger:
        for page, status in (("Draw", 403), ("Drawings", 403), ("Pictures", 204), ("Data", 403)):
            stranger.open(page)
            assert stranger.upload("a.png", b"x" * 1_000_000) == status, page


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(
    ("page", "key"), [("Draw", "model"), ("Misclassified", "image"), ("Drawings", "drawing")]
)
def test_what_the_address_says_is_short_and_in_one_line(
    served: str, page: str, key: str, value: str
) -> None:
    with visit(served) as stranger:
        text = stranger.open(page, f"{key}={value if value.startswith('%') else quote(value)}")
    assert "exception {" not in text
    assert "\\n\\n# Forged" not in text
    assert "x" * 200 not in text
    assert "\u202e" not in text


def test_a_message_that_is_too_large_ends_only_its_own_connection(served: str) -> None:
    with visit(served) as honest, visit(served) as stranger:
        for each in (honest, stranger):
            assert "Draw a number" in each.open("Draw")
        assert "Draw a number" in stranger.say("x" * 1_900_000)
        with pytest.raises(ConnectionClosedError, match="1009"):
            stranger.say("x" * 2_100_000)
        assert "Confusion matrix" in honest.open("Confusion_matrix")
    with visit(served) as stranger:
        assert "Draw a number" in stranger.open("Draw")


def test_a_forged_time_zone_and_an_unknown_page_harm_nobody(served: str) -> None:
    with visit(served) as stranger:
        for zone in ("America", "../../etc/passwd", "x" * 10_000, "a\0b"):
            assert "exception {" not in stranger.open("Drawings", timezone=zone)
        assert "exception {" not in stranger.open("../../etc/passwd")
