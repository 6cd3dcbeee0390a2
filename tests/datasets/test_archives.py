"""Archives from elsewhere: whatever they hold, nothing gets outside the folder."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizer.datasets import archives
from recognizer.datasets.archives import unpack
from recognizer.errors import DamagedDatasetError

Pack = Callable[[Path, dict[str, bytes]], None]


def tar(file: Path, members: dict[str, bytes], compress: Any = gzip.open) -> None:
    with compress(file, "wb") as whole, tarfile.open(fileobj=whole, mode="w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def zip_(file: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


PACKS: list[Pack] = [tar, partial(tar, compress=bz2.open), partial(tar, compress=lzma.open), zip_]


@pytest.mark.parametrize("pack", [tar, zip_])
def test_what_is_wanted_is_unpacked(tmp_path: Path, pack: Pack) -> None:
    pack(tmp_path / "archive", {"a/b.txt": b"b", "c.txt": b"c"})
    unpack(tmp_path / "archive", tmp_path / "out", lambda path: path.name == "b.txt")
    assert (tmp_path / "out" / "a" / "b.txt").read_bytes() == b"b"
    assert not (tmp_path / "out" / "c.txt").exists()


OUTSIDE = ["../evil", "a/../../evil", "/evil", "..\\evil", "C:/evil"]


@pytest.mark.parametrize("pack", [tar, zip_])
@pytest.mark.parametrize("name", OUTSIDE)
def test_a_path_outside_is_refused(tmp_path: Path, pack: Pack, name: str) -> None:
    pack(tmp_path / "archive", {name: b""})
    with pytest.raises(DamagedDatasetError, match="leads outside"):
        unpack(tmp_path / "archive", tmp_path / "out")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_left_out(tmp_path: Path, kind: bytes) -> None:
    with tarfile.open(tmp_path / "archive", "w") as archive:
        member = tarfile.TarInfo("link")
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    unpack(tmp_path / "archive", tmp_path / "out")
    assert not os.path.lexists(tmp_path / "out" / "link")


@pytest.mark.parametrize("pack", [tar, zip_])
@pytest.mark.parametrize("limit", ["MOST_BYTES", "MOST_FILES"])
def test_what_is_too_large_is_refused(
    tmp_path: Path, pack: Pack, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack(tmp_path / "archive", {"a": bytes(10), "b": bytes(100_000)})
    monkeypatch.setattr(archives, limit, 1)
    with pytest.raises(DamagedDatasetError, match="too large"):
        unpack(tmp_path / "archive", tmp_path / "out")


def test_something_else_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"nothing", b"\x1f\x8b\x08" + bytes(50)):
        (tmp_path / "archive").write_bytes(content)
        with pytest.raises(DamagedDatasetError, match="cannot be unpacked"):
            unpack(tmp_path / "archive", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@settings(max_examples=60)
@given(st.sampled_from(PACKS), st.integers(0, 2**32 - 1))
def test_a_damaged_archive_is_refused_or_harmless(pack: Pack, seed: int) -> None:
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "archive"
        pack(file, {"a": rng.bytes(5000), "b": bytes(5000)})
        content = bytearray(file.read_bytes())
        start = int(rng.integers(len(content) - 20))
        content[start : start + 20] = rng.bytes(20)
        file.write_bytes(content)
        with suppress(DamagedDatasetError):  # any other error fails the test
            unpack(file, Path(folder) / "out")


PARTS = st.sampled_from(["..", ".", "a", "b", "", "/", "\\", "c:"])
NAMES = st.lists(PARTS, min_size=1, max_size=5).map("/".join).filter(bool)


@settings(max_examples=50)
@given(st.lists(NAMES, max_size=4), st.sampled_from([tar, zip_]))
def test_whatever_the_names_nothing_gets_outside(names: list[str], pack: Pack) -> None:
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / "x" / "y" / "out"
        inside.parent.mkdir(parents=True)
        pack(Path(folder) / "archive", dict.fromkeys(names, b"1"))
        with suppress(DamagedDatasetError, OSError):  # a name is a file and a folder
            unpack(Path(folder) / "archive", inside)
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        assert all(path.is_relative_to(inside) or path.name == "archive" for path in files)
