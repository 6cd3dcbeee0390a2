"""What the Dockerfile describes, run without a container engine.

Its files under /app, which nobody can write to; its environment, its user and its entry point;
processes with numbers of their own. The packages are those of this environment.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import requests

from tests.browser.driver import ROOT, free_port
from tests.conftest import lack
from tests.waiting import wait_until

TOOLS = ("unshare", "setpriv", "chroot", "mount")
SYSTEM = ("/usr", "/etc", "/dev", "/proc", "/bin", "/lib", "/lib64", "/sbin")
# Builds a root from what is bound into it, and leaves it read-only.
RUN = """
set -e
root=$1; shift
mount -t tmpfs tmpfs "$root"
mkdir "$root/tmp"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
while [ "$1" != -- ]; do
    if [ -d "$1" ]; then mkdir -p "$root$2"; else mkdir -p "$root${2%/*}"; touch "$root$2"; fi
    mount --rbind "$1" "$root$2"
    shift 2
done
shift
mount -o remount,bind,ro "$root/app"
mount -o remount,ro "$root"
exec chroot "$root" setpriv --reuid=1000 --regid=1000 --clear-groups --no-new-privs \
    --bounding-set=-all --inh-caps=-all /usr/bin/env -i --chdir=/app "$@"
"""


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's last stage: each instruction, and what follows it."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text.rpartition("\nFROM ")[2]).splitlines()[1:]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines) if name]


def copied() -> list[tuple[str, str]]:
    """What it copies from the repository, each file or folder with its place under /app."""
    found = []
    for name, rest in instructions():
        if name == "COPY" and not rest.startswith("--from"):
            *sources, target = rest.split()
            found += [
                (each, f"{target}{each.rpartition('/')[2]}" if target.endswith("/") else target)
                for each in sources
            ]
    return found


def environment() -> dict[str, str]:
    """What it sets."""
    text = " ".join(rest for name, rest in instructions() if name == "ENV")
    values = dict(pair.split("=", 1) for pair in text.split())
    return values | {"PATH": values["PATH"].replace("$PATH", "/usr/local/bin:/usr/bin:/bin")}


def command(kind: str) -> list[str]:
    """Its ENTRYPOINT, CMD or HEALTHCHECK."""
    (text,) = (rest for name, rest in instructions() if name == kind)
    return json.loads(text[text.index("[") :])


def image(folder: Path) -> Path:
    """Make the folder that is /app, with the shipped models alone."""
    ours = (ROOT / ".dockerignore").read_text()
    for source, target in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(
                ROOT / source,
                folder / target,
                ignore=lambda place, names: [
                    name
                    for name in names
                    if name == "__pycache__"
                    or (Path(place) == ROOT / "models" and f"!/models/{name}\n" not in ours)
                ],
            )
        else:
            (folder / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, folder / target)
    return folder


class Container:
    """A container that runs."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self._process, self._log = process, log
        self.pid, self.port = process.pid, port

    def answers(self) -> bool:
        """Whether its server does; fails once the container has ended."""
        assert self._process.poll() is None, self._log.read_text()
        with suppress(requests.ConnectionError):
            return requests.get(f"http://127.0.0.1:{self.port}/_stcore/health", timeout=30).ok
        return False

    def kill(self) -> None:
        """End all its processes at this instant, as the system does when their first one ends.

        `unshare --kill-child` would not: the system forgets that when the user changes.
        """
        for first in psutil.Process(self.pid).children() if self._process.poll() is None else ():
            first.kill()
        self._process.kill()
        self._process.wait()


@contextmanager
def container(
    app: Path, data: Path, files: dict[Path, str], settings: dict[str, str], log: Path
) -> Iterator[Container]:
    """Run the image.

    Args:
        app: The image, as `image` made it.
        data: The volume /data.
        files: Further ones, and where they are in the container.
        settings: Environment variables besides those of the Dockerfile.
        log: Where to write what it prints.
    """
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing or os.geteuid():
        lack(f"a container needs root and {', '.join(missing or TOOLS)}")
    port = free_port()
    own = {sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parent.parent)}
    places = [(each, each) for each in (*SYSTEM, *sorted(own)) if Path(each).exists()]
    places += [(sys.prefix, "/opt/packages"), (str(app), "/app"), (str(data), "/data")]
    places += [(str(source), target) for source, target in files.items()]
    variables = environment() | settings | {"STREAMLIT_SERVER_PORT": str(port)}
    arguments = [each for place in places for each in place]
    arguments += ["--", *(f"{name}={value}" for name, value in variables.items())]
    root = log.with_suffix(".root")
    root.mkdir()
    starts = command("ENTRYPOINT") + command("CMD")
    apart = ["unshare", "--mount", "--pid", "--fork", "--mount-proc"]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*apart, "sh", "-c", RUN, "sh", str(root), *arguments, *starts],
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        running = Container(process, port, log)
        try:
            wait_until(running.answers)
            yield running
        finally:
            running.kill()
