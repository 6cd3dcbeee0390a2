"""Visitors who speak Streamlit's WebSocket protocol without a browser, and check their answers.

One kind draws, the other studies models on the dashboards. See visitors.py.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.random import Generator
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from recognizer import Drawing, Recognizer
from recognizer.drawings.arrays import Points
from recognizer.drawings.fabric import CURVE_POINTS, to_path
from recognizer.drawings.gate import MOST_POINTS
from recognizer.ui.answer import in_a_word
from tests.digits import DIGITS

CANVAS, PEN, INK = "-pad", 20, "#16202a"  # the end of its name in the page; pixels
ARRIVALS = 10.0  # seconds in which all of them arrive
PATIENCE = 60.0  # seconds until an answer counts as lost
# The dashboards on which a visitor chooses a model; each names it below the choice.
DASHBOARDS = (
    "Training_curves",
    "Confusion_matrix",
    "Misclassified",
    "Confidence",
    "Numbers",
    "Models",
)
PAGES, TURNS = 0.3, 0.5  # shares: of opened pages; of turned switches among all else
NAMED, ACTIVE = re.compile(r"\*\*([a-z0-9-]+)\*\*: "), " (active)"


class Visitor(ABC):
    """One visitor: what they do, how long each answer took, and whether it was right.

    Attributes:
        seconds: From each message that was sent to the end of its answer.
        lost: Answers that did not come.
        wrong: Answers to something else.
    """

    every = 2.0  # seconds between two things that the visitor does

    def __init__(self, number: int) -> None:
        self.seconds: list[float] = []
        self.lost = self.wrong = 0
        self._rng = np.random.default_rng(number)
        self._page, self._query = "", ""  # the hash of its script; what is in its address

    async def visit(self, address: str, until: float) -> None:
        """Open a page and do something, again and again until a time of `time.monotonic`."""
        url = address.replace("http", "ws") + "/_stcore/stream"
        protocols = [Subprotocol("streamlit")]
        stay = max(until - time.monotonic(), 0)
        await asyncio.sleep(self._rng.uniform(0, min(ARRIVALS, stay)))
        try:
            async with connect(url, subprotocols=protocols, max_size=None) as self._socket:
                await asyncio.wait_for(self.arrive(), PATIENCE)
                while True:
                    started = time.monotonic()
                    await asyncio.wait_for(self.act(self._rng), PATIENCE)
                    if (now := time.monotonic()) >= until:
                        return
                    await asyncio.sleep(max(started + self.every - now, 0))
        except (TimeoutError, ConnectionClosed):
            self.lost += 1  # what comes late would be taken for the next answer: no more of them

    @abstractmethod
    async def arrive(self) -> None:
        """Open the first page."""

    @abstractmethod
    async def act(self, rng: Generator) -> None:
        """Do something, and check the answer."""

    async def ask(self, message: BackMsg) -> list[Delta]:
        """What the server sends for a message until its script has run; the time is noted."""
        started = time.monotonic()
        await self._socket.send(message.SerializeToString())
        deltas = await self._answer(self._socket)
        self.seconds.append(time.monotonic() - started)
        return deltas

    async def _answer(self, socket: ClientConnection) -> list[Delta]:
        deltas: list[Delta] = []
        while True:
            message = ForwardMsg.FromString(bytes(await socket.recv(decode=False)))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                deltas = []  # of a run that another one has replaced
            elif kind == "navigation":
                self._page = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "delta":
                deltas.append(message.delta)
            elif kind == "script_finished":
                return deltas


class Drawer(Visitor):
    """Draws digits on the Draw page."""

    def __init__(self, number: int, recognizer: Recognizer) -> None:
        super().__init__(number)
        self._recognizer = recognizer

    async def arrive(self) -> None:
        """Open the Draw page."""
        message = BackMsg()
        message.rerun_script.query_string = ""
        for delta in await self.ask(message):
            component = delta.new_element.bidi_component
            if component.id.endswith(CANVAS):
                self._canvas, self._fragment = component.id, delta.fragment_id

    async def act(self, rng: Generator) -> None:
        """Draw a digit by another hand each time, and check the answer to it."""
        strokes: list[Points] = [
            np.array(stroke) + rng.normal(0, 3, (len(stroke), 2))
            for stroke in DIGITS[int(rng.integers(10))]
        ]
        objects = [to_path(stroke, PEN, INK) for stroke in strokes]
        expected = self._recognizer.read(Drawing.from_canvas({"objects": objects}))
        texts = "\n".join(str(delta) for delta in await self.draw(objects))
        shares = [f"{digit} {share:.0%}" for digit, share in enumerate(expected.probabilities)]
        answer = f">{in_a_word(expected)}</div>" if expected.looks_like_a_digit else ">?</div>"
        self.wrong += not (answer in texts and f"Bars: {', '.join(shares)}" in texts)

    async def draw(self, objects: list[dict[str, Any]]) -> list[Delta]:
        """Send what is on the canvas; return what is shown then."""
        message = BackMsg()
        message.rerun_script.fragment_id = self._fragment
        message.rerun_script.page_script_hash = self._page
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id = self._canvas
        raw = {"objects": objects, "background": "rgba(255, 255, 255, 1.0000001)"}
        widget.json_value = json.dumps({"drawing": {"raw": raw, "data": None}})
        return await self.ask(message)


class Scribbler(Drawer):
    """Sends the longest scribble that is allowed, again and again."""

    every = 0.0

    async def act(self, rng: Generator) -> None:
        """Send one more."""
        points = rng.uniform(0, 300, (MOST_POINTS // CURVE_POINTS - 1, 2))
        deltas = await self.draw([to_path(points, PEN, INK)])
        self.wrong += not any("Bars: " in str(delta) for delta in deltas)


class Reader(Visitor):
    """Opens dashboards, chooses models and turns switches there."""

    every = 5.0  # there is something to look at

    async def arrive(self) -> None:
        """Open a dashboard."""
        await self.open(self._rng.choice(DASHBOARDS))

    async def act(self, rng: Generator) -> None:
        """Open another dashboard, choose another model, or turn a switch."""
        if rng.random() < PAGES:
            await self.open(rng.choice(DASHBOARDS))
        elif self._switches and rng.random() < TURNS:
            await self._turn(rng.choice(list(self._switches)))
        else:
            await self.choose(rng.choice(self.models))

    async def open(self, page: str) -> None:
        """Open a page, about the active model."""
        message = BackMsg()
        message.rerun_script.page_name = page
        self._query = ""
        self._take(await self.ask(message))
        self.wrong += self._named != self.models[0].removesuffix(ACTIVE)

    async def choose(self, model: str) -> None:
        """Choose a model by its entry in the list."""
        self._take(await self._set("string_value", self._box, model))
        self.wrong += self._named != model.removesuffix(ACTIVE)

    async def _turn(self, switch: str) -> None:
        before, wanted = self._named, not self._switches[switch]
        self._take(await self._set("bool_value", switch, wanted))
        self.wrong += self._named != before or self._switches.get(switch) != wanted

    async def _set(self, kind: str, widget: str, value: str | bool) -> list[Delta]:
        message = BackMsg()
        message.rerun_script.page_script_hash = self._page
        message.rerun_script.query_string = self._query
        state = message.rerun_script.widget_states.widgets.add(id=widget)
        setattr(state, kind, value)
        return await self.ask(message)

    def _take(self, deltas: list[Delta]) -> None:
        """Note what is shown: the model that the page is about, and what can be changed."""
        elements = [delta.new_element for delta in deltas]
        said = (NAMED.match(each.markdown.body) for each in elements)
        self._named = next((match[1] for match in said if match), "")
        switches = [each.checkbox for each in elements if each.checkbox.id]
        self._switches = {
            each.id: each.value if each.set_value else each.default for each in switches
        }
        for box in (each.selectbox for each in elements if each.selectbox.id.endswith("-model")):
            self._box, self.models = box.id, list(box.options)


async def visit_all(address: str, visitors: Sequence[Visitor], seconds: float) -> None:
    """Let all of them visit the app at the same time, for so many seconds."""
    until = time.monotonic() + seconds
    await asyncio.gather(*(visitor.visit(address, until) for visitor in visitors))
