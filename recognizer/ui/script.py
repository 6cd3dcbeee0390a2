"""JavaScript for what Streamlit has no command for."""

import streamlit as st


def run_script(code: str) -> None:
    """Run JavaScript in the visitor's page, when it is new there or has changed.

    It runs in a block of its own: a page that is visited again would otherwise declare the
    same names again, which is an error.
    """
    st.html(f"<script>{{\n{code}\n}}</script>", unsafe_allow_javascript=True)
