"""Writes the report as one comment on the pull request: the earlier one is edited where there is.

Before pytest runs it takes an earlier verdict down, so that none stays whatever becomes of the job.
That no comment can be written is said, and fails nothing: the verdict is pytest's alone.
"""

import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

from summary import RUNNING, text_of

PER_PAGE = 100
MOST_PAGES = 100
TRIES = 5
LONGEST_WAIT = 120.0
"""Seconds that a rate limit is waited for."""
MOST = 65_536
"""Characters that GitHub takes."""
_FORBIDDEN = (401, 403, 404)
_LIMITED = (403, 429)
_SERVER = 500
_TIMEOUT = 30


class RefusedError(Exception):
    """GitHub does not do it, now or later."""

    def __init__(self, status: int, message: str) -> None:
        """Keep the status: 0 where no answer came."""
        super().__init__(message)
        self.status = status


class AgainError(Exception):
    """It may work after a while."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        """Keep how long GitHub asks to wait, in seconds; None where it does not say."""
        super().__init__(message)
        self.wait = wait


class _Stays(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the token is for one host."""

    def redirect_request(self, *_: object) -> None:
        """Return nothing, which makes it an error."""


@dataclass(frozen=True)
class Api:
    """The comments of one pull request."""

    url: str
    repository: str
    number: int
    token: str

    def comments(self) -> Iterator[dict[str, Any]]:
        """Yield all comments, page by page."""
        for page in range(1, MOST_PAGES + 1):
            path = f"issues/{self.number}/comments?per_page={PER_PAGE}&page={page}"
            found = self._call("GET", path)
            yield from found
            if len(found) < PER_PAGE:
                return

    def create(self, body: str) -> str:
        """Write a new comment; return its address."""
        return self._address(self._call("POST", f"issues/{self.number}/comments", body))

    def edit(self, comment: int, body: str) -> str:
        """Replace a comment's text; return its address."""
        return self._address(self._call("PATCH", f"issues/comments/{comment}", body))

    @staticmethod
    def _address(answer: Any) -> str:
        return str(answer.get("html_url") or "") if isinstance(answer, dict) else ""

    def _call(self, method: str, path: str, body: str | None = None) -> Any:
        """Return the answer's JSON; raises RefusedError or AgainError."""
        request = urllib.request.Request(  # noqa: S310 - the runner says which host it is
            f"{self.url}/repos/{self.repository}/{path}",
            method=method,
            data=None if body is None else json.dumps({"body": body}).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Accept": "application/vnd.github+json",
                "Content-Type": "application/json",
                "X-GitHub-Api-Version": "2022-11-28",
                "User-Agent": "pytest-ftevals",
            },
        )
        try:
            with urllib.request.build_opener(_Stays).open(request, timeout=_TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise _explained(error) from None
        except (OSError, HTTPException, ValueError) as error:
            raise AgainError(f"{method} failed: {error}") from None


def _explained(error: urllib.error.HTTPError) -> RefusedError | AgainError:
    """Return what an answer that is none means."""
    message = f"{error.code} {_message(error)}"
    wait = _wait(error)
    if error.code in _LIMITED and wait is not None:
        return AgainError(message, wait)
    return AgainError(message) if error.code >= _SERVER else RefusedError(error.code, message)


def _message(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["message"])
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return str(error.reason)


def _wait(error: urllib.error.HTTPError) -> float | None:
    """Return the seconds until a rate limit ends; None where the answer speaks of none."""
    after, reset = error.headers.get("retry-after"), error.headers.get("x-ratelimit-reset")
    try:
        if after is not None:
            return max(0.0, float(after))
        if error.headers.get("x-ratelimit-remaining") == "0" and reset is not None:
            return max(0.0, float(reset) - time.time())
    except ValueError:
        return None
    return None


def write(
    api: Api, body: str, *, marker: str, author: str, pause: float, create: bool = True
) -> str:
    """Edit the comment that begins with the marker, or `create` it; return its address, if any.

    A write that failed may have worked: each try looks for the comment anew, so that there is never
    a second one. Raises RefusedError.
    """
    for number in range(TRIES):
        try:
            found = _earlier(api, marker, author)
            if found is not None:
                return api.edit(found, body)
            return api.create(body) if create else ""
        except AgainError as error:
            wait = pause * 2**number if error.wait is None else error.wait
            if number == TRIES - 1 or wait > LONGEST_WAIT:
                raise RefusedError(0, f"{error}; tried {number + 1} times") from None
            time.sleep(wait)
    raise AssertionError  # pragma: no cover - the last try returns or raises


def _earlier(api: Api, marker: str, author: str) -> int | None:
    """Return the id of our own comment: whoever else writes the marker is not us."""
    for one in api.comments():
        user = one.get("user") or {}
        if user.get("login") == author and str(one.get("body") or "").startswith(marker):
            return int(one["id"])
    return None


def body_of(env: Mapping[str, str], event: Mapping[str, Any], marker: str) -> str:
    """Return the comment: the marker, the report, where the rest is, of which commit it speaks."""
    report = text_of(Path(env["FTEVALS_REPORT"]), env["FTEVALS_STATUS"])
    server, run = env.get("GITHUB_SERVER_URL", ""), env.get("GITHUB_RUN_ID", "")
    address = f"{server}/{env['GITHUB_REPOSITORY']}/actions/runs/{run}"
    said = f"[Log and full report]({address})" if server and run.isdigit() else ""
    commit = str(((event.get("pull_request") or {}).get("head") or {}).get("sha") or "")
    of = f"commit `{commit[:12]}`" if re.fullmatch("[0-9a-f]{40,64}", commit) else ""
    last = " · ".join(filter(None, [said, of]))
    if len(report) > MOST - 1000:  # of another version of pytest-ftevals: never half a report
        report = "## ⚠️ The report is too long for a comment\n\nSee the summary of the job.\n"
    return f"{marker}\n{report}\n{last}\n".rstrip() + "\n"


def says_something(report: Path, status: str) -> bool:
    """Return whether a pull request without a comment gets one.

    Not where the run only begins, nor where it found that no adapter changed: most pull requests
    are about something else.
    """
    if status != "0":
        return status != RUNNING
    try:
        run = json.loads((report / "record.json").read_text(encoding="utf-8"))["run"]
    except (OSError, ValueError, KeyError, TypeError):
        return True
    chosen = run.get("changed") if isinstance(run, dict) else None
    return not isinstance(chosen, dict) or bool(chosen.get("adapters"))


def number_of(event: Mapping[str, Any]) -> int | None:
    """Return the pull request that an event is about; None for events of no pull request."""
    pull = event.get("pull_request") or (event.get("issue") or {}).get("pull_request")
    number = (event.get("pull_request") or event.get("issue") or {}).get("number")
    return number if pull and isinstance(number, int) else None


def is_from_fork(event: Mapping[str, Any], repository: str) -> bool:
    """Return whether the branch lies in another repository, whose runs may not write here."""
    head = (event.get("pull_request") or {}).get("head") or {}
    return (head.get("repo") or {}).get("full_name") != repository


def say(level: str, text: str) -> None:
    """Print an annotation of the run."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    sys.stdout.write(f"::{level} title=ftevals::{escaped}\n")


def main(env: Mapping[str, str]) -> int:
    """Write the comment; return 1 for an input that cannot be, else 0."""
    name, repository = env["FTEVALS_COMMENT"], env["GITHUB_REPOSITORY"]
    if not re.fullmatch(r"[\w.-]+", name, re.ASCII) or "--" in name:
        say("error", f"The input comment, {name!r}, is no name of letters, digits, '.', '_', '-'.")
        return 1
    event = json.loads(Path(env["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    number = number_of(event)
    if number is None:
        sys.stdout.write("This run is of no pull request: there is nothing to comment on.\n")
        return 0
    marker = f"<!-- pytest-ftevals: {name} -->"
    api = Api(env["GITHUB_API_URL"], repository, number, env.get("GITHUB_TOKEN", ""))
    pause = float(env.get("FTEVALS_PAUSE", "1"))
    try:
        body = body_of(env, event, marker)
        create = says_something(Path(env["FTEVALS_REPORT"]), env["FTEVALS_STATUS"])
        author = env["FTEVALS_AUTHOR"]
        address = write(api, body, marker=marker, author=author, pause=pause, create=create)
    except RefusedError as error:
        _explain(error, fork=is_from_fork(event, repository))
        return 0
    told = f"wrote {address}" if address else "there is no comment to update, and none is needed"
    sys.stdout.write(f"{told}\n".replace("::", ": :"))
    return 0


def _explain(error: RefusedError, *, fork: bool) -> None:
    if error.status in _FORBIDDEN and fork:
        text = "no comment was written: runs of pull requests from forks may not write"
        say("notice", f"{text}. The report is in the summary of this job. ({error})")
    elif error.status in _FORBIDDEN:
        text = "no comment was written: give the job `permissions: {pull-requests: write}`"
        say("warning", f"{text}. The report is in the summary of this job. ({error})")
    else:
        say("warning", f"no comment was written: {error}. The report is in the job's summary.")


if __name__ == "__main__":
    sys.exit(main(os.environ))
