"""A fake of GitHub: its comment endpoint on this machine, and the environment of a step."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

ACTION = Path(__file__).parents[2] / ".github" / "actions" / "ftevals"
REPOSITORY = "owner/repository"
AUTHOR = "github-actions[bot]"
RUNNING = "running"
"""What stands for pytest's status before it runs."""
TOKEN = "secret-token"  # noqa: S105 - of the fake


@dataclass
class Answer:
    """What the fake answers instead of doing what it is asked."""

    status: int
    message: str = "no"
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = ""
    """Only requests of this method; empty for any."""
    after: bool = False
    """Whether it does what it is asked before it fails."""


@dataclass
class GitHub:
    """The comments of pull requests, and what was asked of them."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Method and path with query of every request."""
    failures: list[Answer] = field(default_factory=list)
    """Answers to the next requests, one each."""
    login: str = AUTHOR
    per_page: int = 100

    def comment(self, body: str, *, login: str = "someone", number: int = 7) -> dict[str, Any]:
        """Add a comment."""
        one = {
            "id": len(self.comments) + 1,
            "number": number,
            "body": body,
            "user": {"login": login},
            "html_url": f"https://github.test/{REPOSITORY}/pull/{number}#{len(self.comments) + 1}",
        }
        self.comments.append(one)
        return one

    @property
    def ours(self) -> list[str]:
        """Bodies of the comments of the account that the token belongs to."""
        return [one["body"] for one in self.comments if one["user"]["login"] == self.login]

    def answer(self, method: str, path: str, body: Any) -> Any:
        """Return the JSON of an answer; raises KeyError for what is not there."""
        parts = urlsplit(path)
        query = parse_qs(parts.query)
        listed = re.fullmatch(rf"/repos/{REPOSITORY}/issues/(\d+)/comments", parts.path)
        single = re.fullmatch(rf"/repos/{REPOSITORY}/issues/comments/(\d+)", parts.path)
        if listed and method == "GET":
            found = [one for one in self.comments if one["number"] == int(listed[1])]
            size = min(int(query["per_page"][0]), self.per_page)
            first = (int(query["page"][0]) - 1) * size
            return found[first : first + size]
        if listed and method == "POST":
            return self.comment(body["body"], login=self.login, number=int(listed[1]))
        if single and method == "PATCH":
            one = self.comments[int(single[1]) - 1]
            one["body"] = body["body"]
            return one
        raise KeyError(path)


class _Handler(BaseHTTPRequestHandler):
    """One request to the fake."""

    github: GitHub

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        github = self.github
        github.asked.append((self.command, self.path))
        failure = github.failures[0] if github.failures else None
        if failure is not None and failure.method in ("", self.command):
            github.failures.pop(0)
            if failure.after:
                github.answer(self.command, self.path, body)
            self._send(failure.status, {"message": failure.message}, failure.headers)
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._send(401, {"message": "Bad credentials"}, {})
        else:
            try:
                self._send(200, github.answer(self.command, self.path, body), {})
            except KeyError:
                self._send(404, {"message": "Not Found"}, {})

    do_GET = do_POST = do_PATCH = _handle  # noqa: N815 - names that http.server looks for

    def _send(self, status: int, data: Any, headers: Mapping[str, str]) -> None:
        text = json.dumps(data).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def github() -> Iterator[GitHub]:
    """Serve the fake while a test runs."""
    made = GitHub()
    handler = type("Handler", (_Handler,), {"github": made})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@dataclass
class Step:
    """Runs the action's scripts as a runner does: by their names, in an environment of its own."""

    folder: Path
    """The workspace; scripts run there."""
    env: dict[str, str]

    def run(self, script: str, *, status: int = 0, **more: str) -> str:
        """Run a script; assert its exit status, and return what it printed."""
        program = sys.executable if script.endswith(".py") else "bash"
        done = subprocess.run(
            [program, str(ACTION / script)],
            cwd=self.folder,
            env={**self.env, **more},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert TOKEN not in done.stdout + done.stderr
        return done.stdout

    def event(self, **event: Any) -> None:
        """Write the payload of the event."""
        Path(self.env["GITHUB_EVENT_PATH"]).write_text(json.dumps(event))

    def read(self, name: str) -> str:
        """Return what was written to a file that the environment names."""
        path = Path(self.env[name])
        return path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.fixture
def step(tmp_path: Path, github: GitHub) -> Step:
    """Return the environment of a step in a run for pull request 7, with a report."""
    workspace, files = tmp_path / "workspace", tmp_path / "runner"
    for folder in (workspace / "report", files):
        folder.mkdir(parents=True)
    (workspace / "report" / "report.md").write_text("## ✅ PASS\n\nthe report\n", encoding="utf-8")
    kept = ("PATH", "HOME", "LANG", "SYSTEMROOT", "COVERAGE_PROCESS_START")
    made = Step(
        workspace,
        {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "NO_PROXY": "127.0.0.1",
            "PYTHONUTF8": "1",
            "GITHUB_ACTION_PATH": str(ACTION),
            "GITHUB_API_URL": github.url,
            "GITHUB_EVENT_PATH": str(files / "event.json"),
            "GITHUB_OUTPUT": str(files / "output"),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": "123",
            "GITHUB_SERVER_URL": "https://github.test",
            "GITHUB_STEP_SUMMARY": str(files / "summary"),
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_WORKSPACE": str(workspace),
            "FTEVALS_AUTHOR": AUTHOR,
            "FTEVALS_COMMENT": "ftevals",
            "FTEVALS_MINUTES": "",
            "FTEVALS_PAUSE": "0.01",
            "FTEVALS_PYTHON": sys.executable,
            "FTEVALS_REPORT": "report",
            "FTEVALS_STATUS": "0",
            "FTEVALS_STORE": ".ftevals",
            "FTEVALS_STORE_SIZE": "1GB",
        },
    )
    made.event(pull_request=pull())
    return made


def pull(*, fork: bool = False) -> dict[str, Any]:
    """Return what the payload says of a pull request."""
    name = "stranger/repository" if fork else REPOSITORY
    return {"number": 7, "head": {"sha": "ab" * 20, "repo": {"full_name": name}}}
