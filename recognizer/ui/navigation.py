"""The set-up that every page shares: its title, and the sidebar with the way to other pages."""

import streamlit as st

from recognizer.ui import retraining
from recognizer.ui.url_state import model_in_url

PAGES = {
    "Draw": ("streamlit_app.py", ":material/draw:"),
    "Training curves": ("pages/1_Training_curves.py", ":material/show_chart:"),
    "Confusion matrix": ("pages/2_Confusion_matrix.py", ":material/grid_on:"),
    "Misclassified": ("pages/3_Misclassified.py", ":material/search:"),
    "Confidence": ("pages/4_Confidence.py", ":material/speed:"),
    "Models": ("pages/5_Models.py", ":material/table_rows:"),
    "Data": ("pages/6_Data.py", ":material/database:"),
    "Training": ("pages/7_Training.py", ":material/monitoring:"),
}


def set_up_page(title: str, *, wide: bool = True) -> None:
    """Set the browser's title and show the sidebar; the first call of every page."""
    # No page_icon of Streamlit's: browsers would fetch it from another server.
    st.set_page_config(page_title=f"{title} · Digit reader", layout="wide" if wide else "centered")
    with st.sidebar:
        for label, (file, icon) in PAGES.items():
            st.page_link(file, label=label, icon=icon, query_params=model_in_url())
        retraining.sidebar()
