"""UniPen fetched from a record: a local server that speaks as Zenodo does."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from recognizer.datasets import unipen_record
from recognizer.datasets.strokes import load_drawings
from recognizer.errors import DamagedDatasetError, DatasetError, MissingDatasetError
from tests.datasets.collection import collection
from tests.datasets.zenodo import RECORD, zenodo

NAME = "train_r01_v07.tgz"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for what is fetched; and nothing is remembered of other records."""
    unipen_record._why_unreachable.cache_clear()
    monkeypatch.setenv("UNIPEN_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The collection as a tar file, under a folder of its own."""
    folder = collection(tmp_path_factory.mktemp("collection"))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.add(folder, "CDROM/train_r01_v07")
    return buffer.getvalue()


def fetch(url: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    monkeypatch.setenv("UNIPEN_URL", url)
    return unipen_record.fetch(lambda _: None)


def test_the_collection_is_fetched_and_converted_once(
    packed: bytes, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with zenodo({"readme.txt": b"x" * 99_999, NAME: packed}) as (url, asked):
        monkeypatch.setenv("UNIPEN_URL", url)
        assert unipen_record.why_unavailable() == ""
        files = unipen_record.fetch(said.append)
        assert asked == [RECORD, RECORD, f"{RECORD}/files/{NAME}/content"]
        assert unipen_record.fetch(said.append) == files
        assert len(asked) == 3
    drawings = load_drawings(*files)
    assert drawings.digits.labels.tolist() == [7, 4, 1, 6, 0, 8]
    assert set(drawings.non_digits.labels) == {"A"}
    assert said[-3:] == [
        "Fetching the drawings: 100 % of 0 MB",
        "Unpacking the drawings",
        "Converting the drawings",
    ]
    visible = {path.name for path in cache.iterdir() if not path.name.endswith(".lock")}
    assert visible == {unipen_record.DIGITS, unipen_record.OTHERS}  # the archive is gone
    assert unipen_record.why_unavailable() == ""  # with the server gone


@pytest.mark.parametrize("older", [False, True])
def test_both_ways_to_list_files_are_understood(
    packed: bytes, monkeypatch: pytest.MonkeyPatch, older: bool
) -> None:
    with zenodo({NAME: packed}, older=older) as (url, _):
        monkeypatch.setenv("UNIPEN_URL", url)
        listed = unipen_record._listed()
    assert (listed.name, listed.size) == (NAME, len(packed))
    assert listed.checksum.startswith("md5:")


def test_letters_and_signs_are_limited(packed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unipen_record, "MOST_OTHERS", 2)
    with zenodo({NAME: packed}) as (url, _):
        assert len(load_drawings(*fetch(url, monkeypatch)).non_digits) == 2


def test_a_download_that_is_not_what_the_record_says_is_not_kept(
    packed: bytes, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        zenodo({NAME: packed}, checksum="0" * 32) as (url, _),
        pytest.raises(DamagedDatasetError, match="not what the record says"),
    ):
        fetch(url, monkeypatch)
    assert [path.name for path in cache.iterdir()] == [".unipen.lock"]


@pytest.mark.parametrize(
    ("archives", "words"),
    [
        ({}, "does not list an archive"),
        ({"readme.txt": b"no archive"}, "does not list an archive"),
        ({NAME: b"not a tar file"}, "cannot be unpacked"),
    ],
)
def test_a_record_of_something_else_is_refused(
    archives: dict[str, bytes], words: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zenodo(archives) as (url, _), pytest.raises(DamagedDatasetError, match=words):
        fetch(url, monkeypatch)
    assert [path.name for path in cache.iterdir()] == [".unipen.lock"]


def test_an_archive_without_the_collection_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data/1a/abc/x.dat", "")
    with (
        zenodo({"unipen.zip": buffer.getvalue()}) as (url, _),
        pytest.raises(DamagedDatasetError, match="does not hold UniPen's folders"),
    ):
        fetch(url, monkeypatch)


def test_offline_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingDatasetError, match=r"cannot be reached.*UNIPEN_ARCHIVE"):
        fetch(f"http://localhost:1{RECORD}", monkeypatch)
    assert "cannot be reached" in unipen_record.why_unavailable()


@pytest.mark.parametrize("unpacked", [False, True])
def test_a_collection_fetched_by_hand_is_taken(
    packed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unpacked: bool
) -> None:
    by_hand = tmp_path / NAME
    if unpacked:
        collection(by_hand / "CDROM" / "train_r01_v07")
    else:
        by_hand.write_bytes(packed)
    monkeypatch.setenv("UNIPEN_ARCHIVE", str(by_hand))
    assert unipen_record.why_unavailable() == ""
    assert len(load_drawings(*unipen_record.fetch(lambda _: None)).digits) == 6
    assert by_hand.exists()


def test_a_wrong_name_of_an_archive_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNIPEN_ARCHIVE", "/no/such/file")
    assert "does not exist" in unipen_record.why_unavailable()
    with pytest.raises(DatasetError, match="does not exist"):
        unipen_record.fetch(lambda _: None)


def test_a_cache_that_cannot_be_written_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("UNIPEN_DIR", str(tmp_path / "file" / "below"))
    with pytest.raises(MissingDatasetError, match="could not be saved"):
        unipen_record.fetch(lambda _: None)
