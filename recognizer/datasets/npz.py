"""Read npz archives of numbers, which may be missing, damaged or something else."""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.errors import DamagedDatasetError, MissingDatasetError

ADVICE = "Use a good copy of the file."


def read_npz(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Read the named arrays of an npz file.

    Raises:
        MissingDatasetError: There is no such file.
        DamagedDatasetError: It is not such a file; each way has a message of its own.
    """
    try:
        with path.open("rb") as file:
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
    except ValueError as error:  # neither a zip file nor an array, or one that needs pickle
        raise DamagedDatasetError(f"{path} is no npz archive of numbers. {ADVICE}") from error
