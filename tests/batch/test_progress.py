"""How far it is: a line now and then, with the rate and the time left."""

import time

import pytest

from recognizer.batch.progress import Progress


def test_lines_have_the_rate_and_the_time_left() -> None:
    progress = Progress(1000, 100)
    progress.add(100)
    after = progress._start + 10
    assert progress.line(after) == "200 drawings, 10 a second, 01:20 left of 1,000"
    progress.add(900)  # the total was an estimate
    assert progress.line(after) == "1,100 drawings, 100 a second"
    assert Progress(None, 0).line(time.monotonic()) == "0 drawings, 0 a second"


def test_a_line_is_printed_every_few_seconds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = Progress(10, 0)
    progress.add(1)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("recognizer.batch.progress.EVERY", 0)
    progress.add(1)
    assert capsys.readouterr().err.startswith("2 drawings, ")
    progress.close()


def test_a_terminal_shows_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    progress = Progress(10, 0)
    progress.add(10)
    progress.close()
    assert "100%" in capsys.readouterr().err
