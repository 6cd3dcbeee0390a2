"""Messages of browsers that the server ignores, as they concern all visitors."""

from unittest.mock import NonCallableMock, create_autospec

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.app_session import AppSession

from recognizer.ui.messages import REFUSED, refuse_some


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> type[AppSession]:
    monkeypatch.setattr(AppSession, "handle_backmsg", AppSession.handle_backmsg)  # put back
    refuse_some()
    return AppSession


@pytest.fixture
def session() -> NonCallableMock:
    return create_autospec(AppSession, instance=True)


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_what_concerns_all_is_ignored(
    handle: type[AppSession], session: NonCallableMock, kind: str
) -> None:
    message = BackMsg()
    setattr(message, kind, True)
    assert message.WhichOneof("type") == kind
    handle.handle_backmsg(session, message)
    assert not session.method_calls


def test_other_messages_are_handled(handle: type[AppSession], session: NonCallableMock) -> None:
    handle.handle_backmsg(session, BackMsg(stop_script=True))
    assert len(session.method_calls) == 1
