"""Which files the server takes: only for a page that asks for some, and only so many bytes.

Streamlit itself takes files for any page, and keeps them in memory until their visitor leaves.
"""

from collections.abc import Iterable

from starlette.exceptions import HTTPException
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

FILES = 50  # of one visitor
BYTES = 200_000_000  # of one visitor: ten pictures of the largest size
BYTES_OF_ALL = 800_000_000

_asking = dict[str, str]()  # the page that asks for files, by session


class LimitedUploads(MemoryUploadedFileManager):
    """The uploaded files of all visitors, with limits."""

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Take a file; raises HTTPException, which refuses it."""
        if session_id not in _asking:
            raise HTTPException(403, "This page takes no files.")
        theirs = [*self.file_storage.get(session_id, {}).values(), file]
        of_all = [each for files in list(self.file_storage.values()) for each in [*files.values()]]
        if len(theirs) > FILES or _size(theirs) > BYTES or _size([*of_all, file]) > BYTES_OF_ALL:
            raise HTTPException(413, "These are too many files.")
        super().add_file(session_id, file)

    def remove_session_files(self, session_id: str) -> None:
        """Forget a visitor who has left."""
        _asking.pop(session_id, None)
        super().remove_session_files(session_id)


def _size(files: Iterable[UploadedFileRec]) -> int:
    """In bytes."""
    return sum(len(each.data) for each in files)


def take_uploads(allowed: bool) -> None:
    """Say whether this page takes files, whenever it runs; those of another page are removed."""
    context = get_script_run_ctx()
    uploads = runtime.get_instance().uploaded_file_mgr if runtime.exists() else None
    if context is None or not isinstance(uploads, MemoryUploadedFileManager):  # in a test
        return
    if not isinstance(uploads, LimitedUploads):
        uploads.__class__ = LimitedUploads  # Streamlit has no setting for limits
    page = context.page_script_hash if allowed else None
    if _asking.get(context.session_id) != page:
        uploads.remove_session_files(context.session_id)
    if page:
        _asking[context.session_id] = page
