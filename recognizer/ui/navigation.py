"""The set-up that every page shares: its title, and the sidebar with the way to other pages."""

import gc
import sys
from functools import cache
from pathlib import Path

import streamlit as st

from recognizer.ui import retraining
from recognizer.ui.messages import refuse_some
from recognizer.ui.script import run_script
from recognizer.ui.uploads import take_uploads
from recognizer.ui.url_state import model_in_url

MODULES = 100  # that are imported between two calls of `_freeze`
STYLE = Path(__file__).with_name("style.css")
# The dark theme's primary color is bright: white text on it would be hard to read.
DARK_STYLE = """<style>
[data-testid="stBaseButton-primary"]:enabled { color: #12181d; }
</style>"""

# On a phone the sidebar covers the page, and would stay over the one that was chosen.
CLOSE_SIDEBAR_ON_PHONES = """
const sidebar = document.querySelector("[data-testid=stSidebar]");
window.sidebarListener?.abort();  // of the page before
window.sidebarListener = new AbortController();
sidebar.addEventListener("click", ({ target }) => {
    if (!target.closest("a") || matchMedia("(min-width: 768px)").matches) return;
    sidebar.querySelector("[data-testid=stSidebarCollapseButton] button").click();
}, { signal: window.sidebarListener.signal });
"""

PAGES = {
    "Draw": ("streamlit_app.py", ":material/draw:"),
    "Pictures": ("pages/0_Pictures.py", ":material/add_a_photo:"),
    "Training curves": ("pages/1_Training_curves.py", ":material/show_chart:"),
    "Confusion matrix": ("pages/2_Confusion_matrix.py", ":material/grid_on:"),
    "Misclassified": ("pages/3_Misclassified.py", ":material/search:"),
    "Confidence": ("pages/4_Confidence.py", ":material/speed:"),
    "Numbers": ("pages/10_Numbers.py", ":material/pin:"),
    "Models": ("pages/5_Models.py", ":material/table_rows:"),
    "Data": ("pages/6_Data.py", ":material/database:"),
    "Training": ("pages/7_Training.py", ":material/monitoring:"),
    "Drawings": ("pages/8_Drawings.py", ":material/photo_library:"),
    "About": ("pages/9_About.py", ":material/info:"),
}


@cache
def _freeze(hundreds: int) -> None:
    """Have the garbage collector pass over what modules hold, each time that there are more.

    Among so many objects it would seldom look for what visitors leave behind, and take long.
    """
    gc.collect()  # what is garbage now would stay for ever
    gc.freeze()


def set_up_page(title: str, *, wide: bool = True, uploads: bool = False) -> None:
    """Set the browser's title and show the sidebar; the first call of every page.

    `uploads` says whether this visitor may upload files there.
    """
    _freeze(len(sys.modules) // MODULES)
    refuse_some()
    take_uploads(uploads)
    # No page_icon of Streamlit's: browsers would fetch it from another server.
    st.set_page_config(page_title=f"{title} · Digit reader", layout="wide" if wide else "centered")
    st.html(STYLE)
    if st.context.theme.type == "dark":
        st.html(DARK_STYLE)
    with st.sidebar:
        for label, (file, icon) in PAGES.items():
            st.page_link(file, label=label, icon=icon, query_params=model_in_url())
        retraining.sidebar()
        run_script(CLOSE_SIDEBAR_ON_PHONES)
