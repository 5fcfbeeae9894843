"""A library's code run without its chatter."""

import io
import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from threading import RLock

_ONE = RLock()
"""Output, warnings and random numbers are the process's: one thread at a time changes them."""


@contextmanager
def quietly() -> Iterator[None]:
    """Show nothing of what is written or warned of inside; other threads wait with theirs."""
    with (
        _ONE,
        warnings.catch_warnings(),
        redirect_stdout(io.StringIO()),
        redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let Python's random numbers inside start from `seed`; outside they go on as before."""
    with _ONE:
        state = random.getstate()
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(state)
