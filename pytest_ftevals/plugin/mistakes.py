"""How a user's mistake reaches pytest: as one message, never as a traceback of ours."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError

_OURS = f"{Path(__file__).parents[1]}{os.sep}"
_NOT_THE_USERS = (_OURS, f"{sys.prefix}{os.sep}", f"{sys.base_prefix}{os.sep}")
"""Folders of the code between pytest and the user's line: ours, and what is installed."""


def printable(text: str) -> str:
    """Return `text` without control characters but line ends; models and data wrote parts of it."""
    return "".join(
        char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text
    )


@contextmanager
def usage_errors() -> Generator[None, None, None]:
    """Turn mistakes into pytest's usage errors (exit code 4)."""
    try:
        yield
    except FtevalsError as error:
        raise pytest.UsageError(f"ftevals: {error}") from None


@contextmanager
def collection_errors(node: pytest.Item) -> Generator[None, None, None]:
    """Turn mistakes into collection errors (exit code 2)."""
    try:
        yield
    except FtevalsError as error:
        raise pytest.Collector.CollectError(f"{node.nodeid}: {error}") from None


def show_as_message(call: pytest.CallInfo[None]) -> None:
    """Put one message in the place of a mistake's traceback, with the user's line where known."""
    if call.excinfo is None or not isinstance(call.excinfo.value, FtevalsError):
        return
    places = [(str(entry.path), entry.lineno + 1) for entry in call.excinfo.traceback]
    users = [place for place in places if not place[0].startswith(_NOT_THE_USERS)]
    # A user's own engine may raise mistakes too: its line is not where the test asked.
    asked = users[-1:] if places and places[-1][0].startswith(_OURS) else []
    line = "".join(f"{path}:{number}: " for path, number in asked)
    try:
        pytest.fail(printable(f"{line}{call.excinfo.value}"), pytrace=False)
    except pytest.fail.Exception as failure:
        # The traceback stays for --pdb; of such an exception pytest shows the message alone.
        shown = (type(failure), failure, call.excinfo.tb)
        call.excinfo = pytest.ExceptionInfo.from_exc_info(shown)
