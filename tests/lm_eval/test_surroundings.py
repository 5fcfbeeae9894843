"""What lm-eval's code finds around it, and what other threads keep."""

import socket
import sys
from threading import Event, Thread

import pytest

from pytest_ftevals.tasks.lm_eval import as_lm_eval_runs


def test_the_network_is_refused_and_given_back() -> None:
    """Also where one use lies within another."""
    resolve = socket.getaddrinfo
    with as_lm_eval_runs(offline=True):
        with as_lm_eval_runs(offline=True), pytest.raises(OSError, match="which is not used now"):
            socket.getaddrinfo("localhost", 80)
        with pytest.raises(OSError, match="which is not used now"):
            socket.getaddrinfo("localhost", 80)
    assert socket.getaddrinfo is resolve


def test_the_hubs_own_switch_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with --ftevals-offline; and a use within another does not give the network back."""
    from datasets import config

    with (
        as_lm_eval_runs(offline=True),
        as_lm_eval_runs(offline=False),
        pytest.raises(OSError, match="which is not used now"),
    ):
        socket.getaddrinfo("localhost", 80)
    with as_lm_eval_runs(offline=False):
        assert socket.getaddrinfo("localhost", 80)
    monkeypatch.setattr(config, "HF_HUB_OFFLINE", True)
    with (
        as_lm_eval_runs(offline=False),
        pytest.raises(OSError, match="which is not used now"),
    ):
        socket.getaddrinfo("localhost", 80)


def test_other_threads_keep_theirs() -> None:
    """They resolve names meanwhile, wait with lm-eval's code, and nothing is left behind."""
    resolve, shown = socket.getaddrinfo, sys.stdout
    entered, leave, order = Event(), Event(), list[str]()

    def first() -> None:
        with as_lm_eval_runs(offline=True):
            entered.set()
            leave.wait(10)
            order.append("first")

    def second() -> None:
        with as_lm_eval_runs(offline=True):
            order.append("second")

    threads = [Thread(target=first), Thread(target=second)]
    threads[0].start()
    assert entered.wait(10)
    threads[1].start()
    assert socket.getaddrinfo("localhost", 80)
    threads[1].join(0.1)
    assert order == []
    leave.set()
    for one in threads:
        one.join(10)
    assert order == ["first", "second"]
    assert socket.getaddrinfo is resolve
    assert sys.stdout is shown
