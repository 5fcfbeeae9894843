"""How a user's mistake reaches pytest: as one message, never as a traceback of ours."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest
from _pytest.outcomes import Failed

from pytest_ftevals.core.errors import FtevalsError


def printable(text: str) -> str:
    """Return `text` without control characters but line ends; models and data wrote parts of it."""
    return "".join(
        char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text
    )


class Mistake(Failed):
    """A mistake seen while a test is set up or runs; a ``pass_rate`` body's miss it is not."""

    __module__ = "builtins"  # so that the short summary says "Mistake: ...", as pytest's own do

    def __init__(self, message: str) -> None:
        """Show the message alone."""
        super().__init__(printable(message), pytrace=False)


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


@contextmanager
def setup_errors() -> Generator[None, None, None]:
    """Turn mistakes into a failed set-up."""
    try:
        yield
    except FtevalsError as error:
        raise Mistake(str(error)) from None
