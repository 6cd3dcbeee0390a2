"""Disks that are soon full."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.conftest import lack


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """Mount a disk of this size, such as "3m", in memory; where that can be done."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if (
        not shutil.which("mount")
        or subprocess.run(mount, capture_output=True, check=False).returncode
    ):
        lack("no file system can be mounted here")
    try:
        yield place
    finally:
        # Lazily: what the test has started may not have closed its files yet.
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path, *, free: int = 0) -> Path:
    """Fill a disk but for so many bytes; the file that does."""
    other = disk / "other.bin"
    other.write_bytes(bytes(psutil.disk_usage(str(disk)).free - free))
    return other
