"""JavaScript for what Streamlit has no command for."""

import streamlit as st

INTO_VIEW = """
const opened = document.querySelector(".st-key-{key}");
opened.tabIndex = -1;
opened.style.outline = "none";
opened.style.scrollMarginTop = "4rem";  // below Streamlit's header
opened.focus({{ preventScroll: true }});
opened.scrollIntoView();
"""


def run_script(code: str) -> None:
    """Run JavaScript in the visitor's page, when it is new there or has changed.

    It runs in a block of its own: a page that is visited again would otherwise declare the
    same names again, which is an error.
    """
    st.html(f"<script>{{\n{code}\n}}</script>", unsafe_allow_javascript=True)


def bring_into_view(key: str, what: str) -> None:
    """Bring a container into view that may be far above what was clicked.

    Args:
        key: Of the container.
        what: Of letters and digits; the script runs again when it changes.
    """
    if not what.isalnum():
        raise ValueError(what)
    run_script(f"// {what}\n{INTO_VIEW.format(key=key)}")
