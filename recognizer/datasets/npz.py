"""Read npz archives of numbers, which may be missing, damaged or something else."""

import math
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from recognizer.datasets.archives import check_directory
from recognizer.errors import DamagedDatasetError, MissingDatasetError

ADVICE = "Use a good copy of the file."


def read_npz(
    path: Path, names: tuple[str, ...], most: int | None = None
) -> dict[str, NDArray[Any]]:
    """Read the named arrays of an npz file.

    Args:
        path: The file.
        names: Of the arrays.
        most: Bytes that they may have together, of a file of unknown origin; None: any number.

    Raises:
        MissingDatasetError: There is no such file.
        DamagedDatasetError: It is not such a file; each way has a message of its own.
    """
    try:
        with path.open("rb") as file:
            if most is not None:
                _check_sizes(file, names, most)
                file.seek(0)
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise DamagedDatasetError(f"{path} is no npz archive. {ADVICE}")
            if missing := [name for name in names if name not in archive]:
                raise DamagedDatasetError(f"{path} lacks {', '.join(missing)}. {ADVICE}")
            return {name: archive[name] for name in names}
    except FileNotFoundError as error:
        raise MissingDatasetError(f"There is no file {path}. Check its name.") from error
    except (zipfile.BadZipFile, EOFError, zlib.error, RuntimeError, MemoryError) as error:
        raise DamagedDatasetError(f"{path} is truncated or damaged ({error}). {ADVICE}") from error
    except OSError as error:
        raise DamagedDatasetError(
            f"{path} cannot be read ({error}). Check its permissions."
        ) from error
    except DamagedDatasetError:
        raise
    except Exception as error:  # no array, or one that needs pickle; headers can raise anything
        raise DamagedDatasetError(f"{path} is no npz archive of numbers. {ADVICE}") from error


def _check_sizes(file: BinaryIO, names: tuple[str, ...], most: int) -> None:
    """Check what the arrays would take by their headers, before they are read."""
    check_directory(file)
    total = 0
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if member.filename.removesuffix(".npy") in names:
                total += max(member.file_size, _size_by_header(archive, member, most))
                if total > most:
                    raise ValueError(f"more than {most:,} bytes")


def _size_by_header(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> int:
    """The bytes of an array of numbers, as it says; raises ValueError where it is none."""
    if member.file_size > most or member.compress_type not in (0, zipfile.ZIP_DEFLATED):
        raise ValueError("an array is too large, or compressed in an unusual way")
    with archive.open(member) as content:
        if np.lib.format.read_magic(content) != (1, 0):
            raise ValueError("an array in a format that is not used here")
        shape, _, dtype = np.lib.format.read_array_header_1_0(content)
    if dtype.kind not in "biuf":
        raise ValueError("an array that holds no numbers")
    return math.prod(shape) * dtype.itemsize
