"""Pictures: numbers read in uploaded pictures and in photographs of the camera."""

import streamlit as st

from recognizer.drawings.picture_files import ENDINGS
from recognizer.errors import ModelError
from recognizer.models.folder import ModelEntry
from recognizer.ui.loading import recognizer_of
from recognizer.ui.markdown import one_line
from recognizer.ui.model_picker import dashboard, say_who_reads
from recognizer.ui.navigation import set_up_page
from recognizer.ui.permission import show_error
from recognizer.ui.pictures import Found, Picture, as_table, counted, find_numbers, show
from recognizer.ui.tables import download

MOST = 10  # pictures at once
LONGEST = 200  # characters of a file's name that are shown
VIEWFINDER = 520  # pixels, of what the camera sees


def chosen_pictures() -> list[Picture]:
    """Let the visitor upload pictures and take a photograph; return them, the photograph first."""
    files = st.file_uploader("Pictures", list(ENDINGS), accept_multiple_files=True, key="files")
    if len(files) > MOST:
        st.warning(
            f"These are {len(files)} pictures. The first {MOST} are read; remove some of them to "
            "read the others.",
            icon=":material/filter_none:",
        )
    pictures = [
        Picture(file.file_id, one_line(file.name, LONGEST), file.getvalue())
        for file in files[:MOST]
    ]
    # The browser asks for the camera as soon as it is shown: not before somebody wants it.
    if st.toggle("Use the camera", key="camera"):
        photo = st.camera_input(
            "Fill the picture with the numbers", "photo", resolution="1080p", width=VIEWFINDER
        )
        if photo:
            pictures.insert(0, Picture(photo.file_id, "Photograph", photo.getvalue()))
    return pictures


def read(pictures: list[Picture], model: ModelEntry) -> list[tuple[Picture, Found]]:
    """Read pictures, and show each as soon as it is read.

    Raises:
        ModelError: The model is damaged.
    """
    model = say_who_reads(model)
    recognizer = recognizer_of(model)
    done = list[tuple[Picture, Found]]()
    for number, picture in enumerate(pictures, start=1):
        with st.spinner(f"Reading picture {number} of {len(pictures)}…"):
            found = find_numbers(picture.content, recognizer, model.version)
        show(picture, found)
        done.append((picture, found))
    return done


set_up_page("Pictures", uploads=True)
model = dashboard("Pictures")
st.markdown(
    "Upload pictures of handwritten numbers, or take a photograph. Every digit that is found is "
    "marked, and the numbers can be copied or saved."
)
pictures = chosen_pictures()
st.caption(
    "Your pictures are only read. The app keeps none: they are gone when you close the page."
)
try:
    everything = read(pictures, model)
except ModelError as error:
    show_error(error, "No reading")
    st.stop()
table = as_table(everything)
if len(table):
    words = f"{counted(len(table), 'number')} of {counted(len(everything), 'picture')}"
    download(table, "numbers", f"Download as CSV ({words})")
