"""Measuring: one request at a time, the variants in turn, after a warm-up; nothing is stored.

Case by case, so that what slows the machine down for a while slows all variants down; who comes
first changes from case to case.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle, islice

from pytest_ftevals.core.encoded import Encoded
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.request import Request
from pytest_ftevals.core.response import Response, failed
from pytest_ftevals.engines.protocol import Engine
from pytest_ftevals.planning.batches import batch_of
from pytest_ftevals.run.progress import Progress

WARM_UP = 2
"""Requests that each variant answers before, uncounted: kernels are chosen, memory is claimed."""
DISTURBED = (
    "it is measured by itself, in the process that writes the record, not by a worker\n"
    "  Run the tests of deployment tasks in a run of their own, without -n."
)


def measured(
    engine: Engine,
    encoded: Mapping[Request, Encoded],
    wanted: Mapping[str, Sequence[Request]],
    progress: Progress,
) -> Iterator[tuple[str, Request, Response]]:
    """Yield what each variant answers to each request it is asked, with what that took.

    The variants are in memory together. A request that fails is an error response.
    """
    asked = {variant: set(requests) for variant, requests in wanted.items()}
    requests = list(dict.fromkeys(one for several in wanted.values() for one in several))
    names = [*wanted]
    with _without_collections():
        for variant, several in wanted.items():
            progress.say(f"warming up {variant}")
            for request in islice(cycle(several), WARM_UP):
                _answer(engine, variant, encoded[request])
        for number, request in enumerate(requests):
            progress.say(f"measuring {number + 1:,} of {len(requests):,}, one at a time")
            first = number % len(names)
            for variant in (*names[first:], *names[:first]):
                if request in asked[variant]:
                    yield variant, request, _answer(engine, variant, encoded[request])


def _answer(engine: Engine, variant: str, encoded: Encoded) -> Response:
    try:
        (found,) = engine.answer(variant, batch_of([encoded]))
    except FtevalsError as error:
        return failed(str(error))
    return found


@contextmanager
def _without_collections() -> Iterator[None]:
    """Collect garbage once, then not while requests are measured."""
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
