"""What a browser may ask of the server; Streamlit has no setting for it."""

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.app_session import AppSession

# Anybody can send these, and this app needs none of them: to empty the caches, which are
# everyone's; what Git says of the server's folder; and to run again when a file there changes.
REFUSED = {"clear_cache", "load_git_info", "set_run_on_save"}

_handle = AppSession.handle_backmsg


def refuse_some() -> None:
    """Ignore some messages of browsers from now on."""
    AppSession.handle_backmsg = _handle_most  # type: ignore[method-assign, assignment]


def _handle_most(session: AppSession, message: BackMsg) -> None:
    if message.WhichOneof("type") not in REFUSED:
        _handle(session, message)
