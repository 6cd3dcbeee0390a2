"""Kept drawings as files: exported, imported; and all of one visitor deleted."""

import tempfile
import zipfile
from collections import Counter
from functools import partial
from io import BytesIO
from pathlib import Path

import streamlit as st

from recognizer.collection import browse, files
from recognizer.collection.files import Imported
from recognizer.collection.filters import Scope
from recognizer.collection.tables import ACCEPTED, NOT_A_DIGIT, STATUSES
from recognizer.ui.drawings import CHANGES, counted, delete_and_say, done, scope
from recognizer.ui.keeping import collection
from recognizer.ui.permission import carry_out
from recognizer.ui.visitor import new_contributor


def show_files(allowed: Scope, counts: Counter[tuple[int | None, str]]) -> None:
    """Offer the drawings as files, to add those of a file, and to delete one's own."""
    st.caption(
        "An export has the accepted drawings with their labels, as strokes: .npz for training, "
        ".ndjson in the form of Quick, Draw!. Pictures are left out."
        if allowed.everything
        else "An export has all your drawings that have a label, as strokes: .npz for training, "
        ".ndjson in the form of Quick, Draw!."
    )
    exported = {ACCEPTED} if allowed.everything else set(STATUSES)
    others = any(counts[NOT_A_DIGIT, status] for status in exported)
    with st.container(horizontal=True):
        for kind, ending in ((".npz", ".zip" if others else ".npz"), (".ndjson", ".ndjson")):
            st.download_button(
                f"Export as {kind}",
                partial(_exported, allowed, kind, ending == ".zip"),  # made when it is asked for
                f"drawings{ending}",
                key=f"export-{kind[1:]}",
                on_click="ignore",
                icon=":material/download:",
                disabled=not counts,
            )
        if not allowed.everything:
            _offer_to_delete_all()
    if allowed.everything:
        _offer_import()


def _exported(allowed: Scope, kind: str, zipped: bool = False) -> bytes:
    """Drawings as a file, which may be a zip file of one or two."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"drawings{kind}"
        if allowed.everything:
            paths = collection().export(path).paths
        else:
            paths = files.export(browse.own(collection(), allowed.contributor or ""), path).paths
        if not zipped:
            return paths[0].read_bytes()
        content = BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for each in paths:
                archive.write(each, each.name)
        return content.getvalue()


def _offer_to_delete_all() -> None:
    with st.popover("Delete all of mine", icon=":material/delete:", key="deleting-all"):
        st.write("You cannot get your drawings back.")
        if st.button("Delete all of mine", key="delete-all", type="primary"):
            owner = scope().contributor or ""
            delete_and_say(lambda: collection().delete_contributor(owner))


def _offer_import() -> None:
    """A field for a file, and a button that adds its drawings."""
    changes = st.session_state.get(CHANGES, 0)
    words = "Import drawings (.npz or .ndjson)"
    file = st.file_uploader(words, type=["npz", "ndjson"], key=f"import-{changes}")
    if st.button("Import", key="import", icon=":material/upload:", disabled=not file) and file:
        found = list[Imported]()
        with st.spinner("Adding drawings…"):
            imported = carry_out(_add_file, file.name, file.getvalue(), found)
        if imported:
            refused = f", {found[0].refused:,} too large to keep" if found[0].refused else ""
            done(f"{counted(found[0].added)} added, {found[0].known:,} known already{refused}.")


def _add_file(name: str, content: bytes, found: list[Imported]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ending = ".npz" if name.lower().endswith(".npz") else ".ndjson"
        path = Path(folder) / f"drawings{ending}"
        path.write_bytes(content)
        found.append(collection().import_(path, accepted=True, by=new_contributor()))
