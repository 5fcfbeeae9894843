"""What lm-eval finds around it when its code runs: its seeds, quiet, and the network or none."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from pytest_ftevals.core.quiet import quietly, seeded

RANDOM_SEED = 0
NUMPY_SEED = 1234
FEW_SHOT_SEED = 1234
"""The defaults of lm-eval's `simple_evaluate`."""


class NoNetworkError(OSError):
    """Code asked for another machine while the network is not used."""


@contextmanager
def as_lm_eval_runs(*, offline: bool) -> Iterator[None]:
    """Run lm-eval's code, and that of tasks, as its evaluator does, and leave no trace of it.

    Both random generators are seeded as there and restored after; its progress bars and warnings
    (it has many) are not shown. With `offline`, nothing comes from the network. May be nested;
    another thread that wants the same waits.
    """
    with quietly(), _network(allowed=not offline), seeded(RANDOM_SEED), _numpy_seeded():
        yield


@contextmanager
def _numpy_seeded() -> Iterator[None]:
    import numpy as np

    state = np.random.get_state()  # noqa: NPY002 - the generator that lm-eval's tasks draw from
    np.random.seed(NUMPY_SEED)  # noqa: NPY002 - as above
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002 - as above


@contextmanager
def _network(*, allowed: bool) -> Iterator[None]:
    """Keep lm-eval's code to what is on this machine, unless the network is allowed.

    `datasets` has a switch, which it reads when a data set is asked for. A task's own code may use
    anything else (checks that fetch data when imported): to that no other machine has an address.
    Threads that it starts keep theirs, as those of the session must: none is known by its starter.
    """
    from datasets import config

    if allowed and not config.HF_HUB_OFFLINE:  # the user's own switch, or that of an outer use
        yield
        return
    before, resolve = config.HF_HUB_OFFLINE, socket.getaddrinfo
    config.HF_HUB_OFFLINE = True
    socket.getaddrinfo = _refusing(resolve, get_ident())
    try:
        yield
    finally:
        config.HF_HUB_OFFLINE, socket.getaddrinfo = before, resolve


def _refusing(resolve: Callable[..., Any], thread: int) -> Callable[..., Any]:
    """Return `socket.getaddrinfo` as it is, but for one thread."""

    def asked(host: object, *args: Any, **options: Any) -> Any:
        if get_ident() == thread:
            raise NoNetworkError(f"the network, which is not used now, was asked for {host}")
        return resolve(host, *args, **options)

    return asked
