"""Fifty visitors who draw at the same time: how long each waits, and whose answer they get.

python -m benchmarks.visitors [VISITORS] [SECONDS]

The visitors speak Streamlit's WebSocket protocol; there is no browser. Each draws every two
seconds, and checks that the answer is the one to its own drawing. The visitors run on the machine
of the server, and take some of its time.
"""

import argparse
import asyncio
import json
import time
from dataclasses import dataclass, field

import numpy as np
import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from recognizer import Drawing, Recognizer
from recognizer.drawings.arrays import Points
from recognizer.drawings.fabric import to_path
from recognizer.ui.answer import in_a_word
from tests.browser.driver import serve
from tests.digits import DIGITS

VISITORS, SECONDS = 50, 60
EVERY = 2.0  # seconds between two drawings of a visitor
CANVAS, PEN, INK = "-pad", 20, "#16202a"  # the end of its name in the page; pixels
PATIENCE = 60.0  # seconds until an answer counts as lost
FORGOTTEN = 180.0  # seconds after which a server has forgotten visitors that left


@dataclass
class Visitor:
    """One visitor of the Draw page: who draws, and whether the answers were right."""

    number: int
    recognizer: Recognizer
    seconds: list[float] = field(default_factory=list)
    lost: int = 0
    wrong: int = 0

    async def visit(self, address: str, until: float) -> None:
        """Open the page and draw until a time of the event loop's clock."""
        url = address.replace("http", "ws") + "/_stcore/stream"
        async with connect(url, subprotocols=[Subprotocol("streamlit")], max_size=None) as socket:
            await self._open(socket)
            rng = np.random.default_rng(self.number)
            await asyncio.sleep(rng.uniform(0, EVERY))
            while (started := time.monotonic()) < until:
                try:
                    await asyncio.wait_for(self._draw(socket, rng), PATIENCE)
                except TimeoutError:
                    self.lost += 1
                    return  # what comes late would be taken for the next answer
                await asyncio.sleep(max(EVERY - (time.monotonic() - started), 0))

    async def _open(self, socket: ClientConnection) -> None:
        message = BackMsg()
        message.rerun_script.query_string = ""
        await socket.send(message.SerializeToString())
        self._page = ""
        for delta in await self._run(socket):
            component = delta.new_element.bidi_component
            if component.id.endswith(CANVAS):
                self._canvas, self._fragment = component.id, delta.fragment_id

    async def _draw(self, socket: ClientConnection, rng: np.random.Generator) -> None:
        """Draw a digit by another hand each time, and check the answer to it."""
        strokes: list[Points] = [
            np.array(stroke) + rng.normal(0, 3, (len(stroke), 2))
            for stroke in DIGITS[int(rng.integers(10))]
        ]
        objects = [to_path(stroke, PEN, INK) for stroke in strokes]
        expected = self.recognizer.read(Drawing.from_canvas({"objects": objects}))
        message = BackMsg()
        message.rerun_script.fragment_id = self._fragment
        message.rerun_script.page_script_hash = self._page
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id = self._canvas
        raw = {"objects": objects, "background": "rgba(255, 255, 255, 1.0000001)"}
        widget.json_value = json.dumps({"drawing": {"raw": raw, "data": None}})
        started = time.monotonic()
        await socket.send(message.SerializeToString())
        deltas = await self._run(socket)
        self.seconds.append(time.monotonic() - started)
        shares = [f"{digit} {share:.0%}" for digit, share in enumerate(expected.probabilities)]
        texts = "\n".join(str(delta) for delta in deltas)
        answer = f">{in_a_word(expected)}</div>" if expected.looks_like_a_digit else ">?</div>"
        self.wrong += not (answer in texts and f"Bars: {', '.join(shares)}" in texts)

    async def _run(self, socket: ClientConnection) -> list[Delta]:
        """What the server sends until its script has run."""
        deltas: list[Delta] = []
        while True:
            message = ForwardMsg.FromString(bytes(await socket.recv(decode=False)))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._page = message.new_session.page_script_hash
            elif kind == "delta":
                deltas.append(message.delta)
            elif kind == "script_finished":
                return deltas


async def visit_all(address: str, visitors: list[Visitor], seconds: float) -> None:
    until = time.monotonic() + seconds
    await asyncio.gather(*(visitor.visit(address, until) for visitor in visitors))


def one_visitor(address: str, recognizer: Recognizer) -> None:
    asyncio.run(visit_all(address, [Visitor(0, recognizer)], EVERY))


def megabytes(address: str) -> float:
    """The memory of the server at an address."""
    port = address.rpartition(":")[2]
    children = psutil.Process().children(recursive=True)
    server = next(each for each in children if f"--server.port={port}" in each.cmdline())
    return float(server.memory_info().rss / 1e6)


def main(count: int, seconds: float) -> None:
    recognizer = Recognizer.load()
    waves = [[Visitor(number, recognizer) for number in range(count)] for _ in range(2)]
    memory = []
    with serve() as address:
        one_visitor(address, recognizer)
        memory.append(megabytes(address))
        for visitors in waves:
            asyncio.run(visit_all(address, visitors, seconds))
            time.sleep(FORGOTTEN)
            one_visitor(address, recognizer)  # the server looks for old sessions then
            memory.append(megabytes(address))
    visitors = [visitor for wave in waves for visitor in wave]
    waits = [1000 * second for visitor in visitors for second in visitor.seconds]
    median, high = np.percentile(waits, [50, 95])
    print("| what | figure |\n| --- | ---: |")
    print(f"| drawings of {count} visitors, and of as many later | {len(waits):,} |")
    print(f"| drawing sent → answer received, median | {median:,.0f} ms |")
    print(f"| drawing sent → answer received, 95th percentile | {high:,.0f} ms |")
    print(f"| answers lost | {sum(visitor.lost for visitor in visitors)} |")
    print(f"| answers to another drawing | {sum(visitor.wrong for visitor in visitors)} |")
    for when, figure in zip(
        ("after one visitor", "when the first had left", "when the others had left"),
        memory,
        strict=True,
    ):
        print(f"| memory of the server {when} | {figure:.0f} MB |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("visitors", nargs="?", type=int, default=VISITORS)
    parser.add_argument("seconds", nargs="?", type=float, default=SECONDS)
    args = parser.parse_args()
    main(args.visitors, args.seconds)
