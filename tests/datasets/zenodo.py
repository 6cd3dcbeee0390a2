"""A local server that speaks as Zenodo does."""

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

RECORD = "/api/records/1195803"


@contextmanager
def zenodo(
    archives: dict[str, bytes], *, checksum: str | None = None, older: bool = False
) -> Iterator[tuple[str, list[str]]]:
    """Serve a record of these files; give its address, and the paths that were asked for.

    Args:
        archives: The content of each file, by its name.
        checksum: The MD5 that the record says, instead of the right one.
        older: Whether the record names its files as Zenodo did for a while.
    """
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            asked.append(self.path)
            if self.path == RECORD:
                self.answer(json.dumps(self.record()).encode())
            else:
                self.answer(archives[self.path.split("/files/")[1].removesuffix("/content")])

        def answer(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def record(self) -> dict[str, object]:
            files = []
            for name, content in archives.items():
                md5 = checksum or hashlib.md5(content).hexdigest()
                address = f"http://{self.headers['Host']}{RECORD}/files/{name}/content"
                files.append(
                    {"filename": name, "filesize": len(content), "checksum": md5}
                    if older
                    else {
                        "key": name,
                        "size": len(content),
                        "checksum": f"md5:{md5}",
                        "links": {"self": address},
                    }
                )
            return {"id": 1195803, "files": files}

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serve = partial(server.serve_forever, poll_interval=0.02)
        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}{RECORD}", asked
        server.shutdown()
