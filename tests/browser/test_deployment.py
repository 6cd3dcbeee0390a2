"""What deploy/ describes, in Chromium: nginx, and two servers in containers that are one app."""

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import sign_in as signing_in
from tests.browser.container import Container, command, container, image
from tests.browser.driver import (
    PATIENCE,
    ROOT,
    SETTLED,
    Pad,
    choose,
    free_port,
    wait_until_answers,
)
from tests.browser.jobs import NO_DRAWINGS, cancel, start
from tests.collection.postgres import Server
from tests.conftest import lack
from tests.digits import DIGITS

pytestmark = pytest.mark.slow
HAND = {digit: [np.array(s, dtype=float) for s in strokes] for digit, strokes in DIGITS.items()}
PASSWORD = "not-to-be-seen"
# On a busy machine, a training at low priority may get no time at all: see AT_ONCE.
AT_NORMAL_PRIORITY = ".nice(19)", ".nice(0)"


@dataclass
class Deployment:
    """Two servers behind nginx.

    Attributes:
        address: Of nginx.
        servers: The containers.
        logs: What all of them have printed.
        data: The volume of both.
    """

    address: str
    servers: list[Container]
    logs: list[Path]
    data: Path
    browser: Browser
    stack: ExitStack

    def visitor(self, server: int) -> BrowserContext:
        """A browser that nginx sends to this server."""
        context = self.browser.new_context()
        self.stack.callback(context.close)
        context.set_default_timeout(PATIENCE)
        while True:
            route = secrets.token_hex(16)
            cookie = {"Cookie": f"route={route}"}
            context.request.get(f"{self.address}/_stcore/health", headers=cookie)
            if self.logs[-1].read_text().strip().endswith(f":{self.servers[server].port}"):
                break
        context.add_cookies([{"name": "route", "value": route, "url": self.address}])
        return context

    def signed_in(self, server: int) -> Page:
        """A browser of Ada's, who may retrain, on this server."""
        return signing_in.sign_in(self.visitor(server), self.address, "ada")


@pytest.fixture(scope="module")
def deployment(
    tmp_path_factory: pytest.TempPathFactory, postgres: Server, browser: Browser
) -> Iterator[Deployment]:
    folder, port, provider = tmp_path_factory.mktemp("deployment"), free_port(), free_port()
    data = folder / "data"
    data.mkdir()
    os.chown(data, 1000, 1000)
    address = f"http://localhost:{port}"
    for name, text in {"password": PASSWORD, "cookie": "also not to be seen"}.items():
        (folder / name).write_text(text)
    app = image(folder / "app")
    replace_once(app / "recognizer" / "processes.py", *AT_NORMAL_PRIORITY)
    mounted = {
        folder / "password": "/run/secrets/password",
        folder / "cookie": "/run/secrets/cookie",
        Path(os.environ.get("MNIST_NPZ") or lack_mnist()): "/mnist.npz",
    }
    with ExitStack() as stack:
        stack.enter_context(signing_in.openid_provider(provider))
        url = stack.enter_context(postgres.database())
        settings = NO_DRAWINGS | {
            "DRAWINGS_URL": url,
            "PGPASSWORD_FILE": "/run/secrets/password",
            "COOKIE_SECRET_FILE": "/run/secrets/cookie",
            "MNIST_NPZ": "/mnist.npz",
            "SECRETS_TOML": signing_in.secrets(address, provider),
        }
        logs = [folder / f"{name}.log" for name in ("app-1", "app-2", "nginx")]
        servers = [
            stack.enter_context(container(app, data, mounted, settings, log)) for log in logs[:2]
        ]
        stack.enter_context(nginx(folder / "nginx", port, servers, logs[2]))
        yield Deployment(address, servers, logs, data, browser, stack)


def lack_mnist() -> str:
    lack("MNIST_NPZ names no file")
    return ""


def replace_once(file: Path, theirs: str, ours: str) -> None:
    text = file.read_text()
    assert text.count(theirs) == 1
    file.write_text(text.replace(theirs, ours))


@contextmanager
def nginx(folder: Path, port: int, servers: list[Container], log: Path) -> Iterator[None]:
    """Debian's nginx with the configuration of the compose file, but for three addresses."""
    if not shutil.which("nginx"):
        lack("no nginx (apt install nginx-light)")
    addresses = {"listen 8080;": f"listen 127.0.0.1:{port};"}
    for number, server in enumerate(servers, start=1):
        addresses[f"server app-{number}:8501 "] = f"server 127.0.0.1:{server.port} "
    folder.mkdir()
    own = Path(shutil.copy(ROOT / "deploy" / "nginx.conf", folder))
    for theirs, ours in addresses.items():
        replace_once(own, theirs, ours)
    run = ["nginx", "-p", f"{folder}/", "-c", str(own)]
    checked = subprocess.run([*run, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    with (
        log.open("wb") as output,
        subprocess.Popen(run, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        try:
            wait_until_answers(f"http://localhost:{port}/_stcore/health")
            yield
        finally:
            process.terminate()


def test_a_container_starts_with_all_models_and_cannot_change_itself(
    deployment: Deployment,
) -> None:
    for log in deployment.logs[:2]:
        assert "Traceback" not in log.read_text()
    shipped = sorted(path.name for path in (ROOT / "models").glob("*/recipe.json"))
    assert "robust-cnn" in {path.name for path in deployment.data.glob("models/*")}, shipped
    for server in deployment.servers:
        own = {"STREAMLIT_SERVER_PORT": str(server.port)}
        check = command("HEALTHCHECK")
        subprocess.run(check, env=os.environ | own, check=True)
        writable = [
            each for each in family(server) if each.uids().real != 1000 or capabilities(each)
        ]
        assert writable == []


def family(server: Container) -> list[psutil.Process]:
    """The processes in a container."""
    return psutil.Process(server.pid).children(recursive=True)


def capabilities(process: psutil.Process) -> int:
    """Those of Linux that it has, as bits."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("CapEff:")[2].split()[0], 16)


def test_two_visitors_of_each_server_draw(deployment: Deployment) -> None:
    for server, digit in ((0, 3), (1, 4), (0, 7), (1, 5)):
        pad = Pad(deployment.visitor(server).new_page(), deployment.address)
        pad.draw(HAND[digit])
        pad.wait_for_digit(digit)


def test_both_servers_are_one_app(deployment: Deployment) -> None:
    """What is kept, trained, cancelled and activated on one is seen on the other."""
    one, two = deployment.signed_in(0), deployment.signed_in(1)
    pad = Pad(one, deployment.address)
    pad.draw(HAND[7])
    one.get_by_role("button", name="1", exact=True).click()
    expect(one.get_by_text("Kept as a 1.")).to_be_visible()
    two.goto(f"{deployment.address}/Drawings")
    expect(two.get_by_text("1 drawing").first).to_be_visible()

    start(one, Epochs="300", Batch_size="1000")
    two.goto(f"{deployment.address}/Training")
    expect(two.get_by_role("heading", name="Training mlp-baseline-2")).to_be_visible()
    expect(two.get_by_text(re.compile(r"^\d+ of 300$"))).to_be_visible()
    trainings = [each for each in family(deployment.servers[0]) if "--request" in each.cmdline()]
    assert len(trainings) == 1
    assert not [each for each in family(deployment.servers[1]) if "--request" in each.cmdline()]
    assert not any(PASSWORD in str(each.cmdline()) for each in family(deployment.servers[0]))
    two.bring_to_front()
    cancel(two)
    assert not any(each.is_running() for each in trainings)
    expect(one.get_by_text("was cancelled").first).to_be_visible()

    one.goto(f"{deployment.address}/Training")
    choose(one.get_by_role("combobox", name="Compare with"), "larger-cnn")
    one.wait_for_selector(SETTLED)
    one.get_by_role("button", name="Use this model").click()
    one.get_by_role("button", name="Use larger-cnn").click()
    expect(one.get_by_text("larger-cnn is now the active model.")).to_be_visible()
    other = Pad(deployment.visitor(1).new_page(), deployment.address)
    other.draw(HAND[4])
    other.wait_for_digit(4)
    expect(other.page.get_by_text("Active model: larger-cnn")).to_be_visible()


def test_the_visitors_of_a_server_that_is_killed_come_back_on_the_other_one(
    deployment: Deployment,
) -> None:
    visitors = [deployment.visitor(0).new_page() for _ in range(2)]
    for page in visitors:
        Pad(page, deployment.address).draw(HAND[2])
    killed = family(deployment.servers[0])
    deployment.servers[0].kill()
    assert not psutil.wait_procs(killed, timeout=20)[1]
    for page in visitors:
        page.goto("about:blank")  # or the page before connects again, and is taken for the new one
        pad = Pad(page, deployment.address)
        pad.draw(HAND[6])
        pad.wait_for_digit(6)
    text = "".join(log.read_text() for log in deployment.logs)
    assert PASSWORD not in text
    assert "not a secret" not in text
    assert "code=" not in text  # of a sign-in
