"""Archives from elsewhere, unpacked without trust: nothing outside the folder, bounded in size."""

import lzma
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from recognizer.errors import DamagedDatasetError

MOST_BYTES = 4_000_000_000  # that an archive may unpack to
MOST_FILES = 200_000
DIRECTORY = 20_000  # bytes of the directory of a zip file of a few members
_END = 22  # bytes of what follows the directory

DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    RuntimeError,  # a password
    NotImplementedError,  # a compression that Python does not know
    ValueError,
)

Wanted = Callable[[PurePosixPath], bool]


def unpack(archive: Path, folder: Path, wanted: Wanted = lambda _: True) -> None:
    """Unpack the regular files of a tar or zip archive whose path in it is wanted.

    Raises:
        DamagedDatasetError: It is neither, or damaged; it is too large; or a path in it leads
            outside the folder.
    """
    try:
        if zipfile.is_zipfile(archive):
            _unpack_zip(archive, folder, wanted)
        else:
            _unpack_tar(archive, folder, wanted)
    except (OSError, *DAMAGED) as error:
        if getattr(error, "errno", None):
            raise  # it is the disk; what decompresses gives no number
        raise DamagedDatasetError(
            f"{archive} cannot be unpacked ({error}). Fetch the archive again."
        ) from error


class _Budget:
    """How much may still be unpacked."""

    def __init__(self) -> None:
        self.bytes, self.files = MOST_BYTES, MOST_FILES

    def take(self, name: str, size: int) -> PurePosixPath:
        """Count a member, wanted or not: it is decompressed; return its path."""
        self.bytes, self.files = self.bytes - size, self.files - 1
        if self.bytes < 0 or self.files < 0:
            raise ValueError("it is too large")
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in name:
            raise ValueError(f"{name!r} leads outside")
        return path


def _unpack_tar(archive: Path, folder: Path, wanted: Wanted) -> None:
    budget = _Budget()
    with tarfile.open(archive) as tar:
        for member in tar:
            if wanted(budget.take(member.name, member.size)) and member.isfile():
                tar.extract(member, folder, filter="data")


def _unpack_zip(archive: Path, folder: Path, wanted: Wanted) -> None:
    budget = _Budget()
    with zipfile.ZipFile(archive) as whole:
        for member in whole.infolist():
            if wanted(budget.take(member.filename, member.file_size)) and not member.is_dir():
                whole.extract(member, folder)


def check_directory(file: BinaryIO, most: int = DIRECTORY) -> None:
    """Check how long the directory of a zip file is, before it is read: at most so many bytes.

    A directory of a million members takes seconds and a gigabyte. Raises BadZipFile.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - _END - 2**16, 0))  # after it, there may be a comment
    end = file.read()
    at = end.rfind(b"PK\x05\x06")
    if at < 0 or len(end) < at + _END:
        raise zipfile.BadZipFile("it has no directory")
    if (length := struct.unpack_from("<L", end, at + 12)[0]) > most:
        raise zipfile.BadZipFile(f"its directory has {length:,} bytes")
    file.seek(0)
