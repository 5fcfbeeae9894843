"""A hub with one data set, served on this machine: as much of its protocol as `datasets` speaks."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "org/name"
REVISIONS = ("main", "refs/convert/parquet", COMMIT)
FILES = {
    "README.md": (
        "---\nconfigs:\n- config_name: small\n  data_files:\n"
        "  - split: test\n    path: small/test.jsonl\n"
        "  - split: dev\n    path: small/dev.jsonl\n---\n"
    ),
    "small/test.jsonl": '{"question": "Q1", "label": 0}\n{"question": "Q2", "label": 1}\n',
    "small/dev.jsonl": '{"question": "D1", "label": 1}\n',
}


@dataclass
class FakeHub:
    """The server, and what it was asked."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    """Paths; a client may ask for ``/mark`` to tell them apart."""
    gone: bool = False
    """Whether the data set is there no more; asking for ``/gone`` takes it away."""


@contextmanager
def fake_hub() -> Iterator[FakeHub]:
    """Serve the data set until the end of the block."""
    served = FakeHub()

    class Handler(_Handler):
        hub = served

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub

    def log_message(self, *_: Any) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        """Answer with a file, a listing or what a data set is."""
        path = unquote(self.path.partition("?")[0])
        self.hub.asked.append(path)
        self.hub.gone |= path == "/gone"
        if self.hub.gone:
            self._send("{}", status=404, code="RepoNotFound")
        elif path.startswith(f"/datasets/{REPOSITORY}/resolve/"):
            self._file(path.removeprefix(f"/datasets/{REPOSITORY}/resolve/"))
        elif path.startswith(f"/api/datasets/{REPOSITORY}/tree/"):
            folder = path.removeprefix(f"/api/datasets/{REPOSITORY}/tree/{COMMIT}/")
            found = [_entry(name) for name in FILES if name.startswith(f"{folder}/")]
            self._send(json.dumps(found))
        elif path.startswith(f"/api/datasets/{REPOSITORY}"):
            siblings = [{"rfilename": name} for name in FILES]
            self._send(json.dumps({"id": REPOSITORY, "sha": COMMIT, "siblings": siblings}))
        else:
            self._send("{}", status=404, code="RepoNotFound")

    do_HEAD = do_GET  # noqa: N815 - as http.server calls it

    def _file(self, path: str) -> None:
        revision = next((one for one in REVISIONS if path.startswith(f"{one}/")), None)
        if revision is None:
            self._send("{}", status=404, code="RevisionNotFound")
        elif (name := path.removeprefix(f"{revision}/")) in FILES:
            self._send(FILES[name], tag=_digest(name))
        else:
            self._send("{}", status=404, code="EntryNotFound")

    def _send(self, text: str, *, status: int = 200, code: str = "", tag: str = "") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Repo-Commit", COMMIT)
        if code:
            self.send_header("X-Error-Code", code)
        if tag:
            self.send_header("ETag", f'"{tag}"')
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def _digest(name: str) -> str:
    return hashlib.sha1(FILES[name].encode(), usedforsecurity=False).hexdigest()


def _entry(name: str) -> dict[str, Any]:
    return {"type": "file", "path": name, "size": len(FILES[name]), "oid": _digest(name)}
