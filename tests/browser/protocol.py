"""A visitor who speaks Streamlit's protocol without a browser, and can say whatever they like."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from google.protobuf.message import Message  # type: ignore[import-untyped]
from google.protobuf.text_format import MessageToString  # type: ignore[import-untyped]
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.browser.driver import PATIENCE

WAIT = PATIENCE / 1000  # seconds


@contextmanager
def visit(address: str, origin: str | None = None, **headers: str) -> Iterator["Stranger"]:
    """Connect to the app; raises websockets' InvalidStatus where it refuses."""
    with connect(
        address.replace("http", "ws") + "/_stcore/stream",
        origin=Origin(origin) if origin else None,
        subprotocols=[Subprotocol("streamlit")],
        additional_headers={name.replace("_", "-"): each for name, each in headers.items()},
        max_size=None,
    ) as socket:
        yield Stranger(address, socket)


class Stranger:
    """One session with the app."""

    def __init__(self, address: str, socket: ClientConnection) -> None:
        self.address, self._socket = address, socket
        self._message = BackMsg()
        self._shown: list[Message] = []  # by the last run
        self.session = "none"  # its id, once a page was opened

    def open(self, page: str = "", query: str = "", timezone: str = "UTC") -> str:
        """Open a page; return all that it shows, as text."""
        self._message = BackMsg()
        self._message.rerun_script.query_string = query
        self._message.rerun_script.page_name = page
        self._message.rerun_script.context_info.timezone = timezone
        return self._run()

    def press(self, widget: str) -> str:
        """Say that a button was pressed, whether it is there or not; return what is shown then."""
        return self._say(id=widget, trigger_value=True)

    def report(self, widget: str, value: str) -> str:
        """Report any JSON as the value of a widget; return what is shown then."""
        return self._say(id=widget, json_value=value)

    def say(self, value: str) -> str:
        """Say that a widget has a value that is a text; return what is shown then."""
        return self._say(id="any", string_value=value)

    def _say(self, **state: Any) -> str:
        message = BackMsg()
        message.CopyFrom(self._message)
        message.rerun_script.widget_states.widgets.add(**state)
        message, self._message = self._message, message
        try:
            return self._run()
        finally:
            self._message = message

    def _run(self) -> str:
        self._socket.send(self._message.SerializeToString())
        self._shown = []
        while True:
            message = ForwardMsg.FromString(bytes(self._socket.recv(WAIT, decode=False)))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._shown = []
                self.session = message.new_session.initialize.session_id or self.session
            elif kind == "navigation":  # which names the page; a new session, always the first one
                page = message.navigation.page_script_hash
                self._message.rerun_script.page_script_hash = page
            elif kind == "delta":
                self._shown.append(message.delta)
            elif kind == "script_finished":
                return "\n".join(MessageToString(each, as_utf8=True) for each in self._shown)

    def buttons(self) -> dict[str, str]:
        """The buttons that are shown, disabled ones too: their labels, by their ids."""
        return {each.id: each.label for each in self._found("Button")}

    def components(self) -> list[str]:
        """The ids of the components that are shown, such as the canvas."""
        return [each.id for each in self._found("BidiComponent") if each.id]

    def _found(self, kind: str) -> list[Any]:
        return [each for message in self._shown for each in _within(message, kind)]

    def upload(self, name: str, content: bytes) -> int:
        """Upload a file; return the status of the answer."""
        with requests.Session() as browser:
            browser.get(f"{self.address}/_stcore/health", timeout=WAIT)
            token = browser.cookies.get("_streamlit_xsrf", "")
            return browser.put(
                f"{self.address}/_stcore/upload_file/{self.session}/a-file",
                files={"file": (name, content)},
                headers={"X-Xsrftoken": token},
                timeout=WAIT,
            ).status_code


def _within(message: Message, kind: str) -> Iterator[Any]:
    """The messages of a kind that are in another one."""
    if message.DESCRIPTOR.name == kind:
        yield message
    for field, value in message.ListFields():
        if field.message_type and not field.message_type.GetOptions().map_entry:
            for each in value if field.is_repeated else [value]:
                yield from _within(each, kind)
