"""A controller's look at its workers while they answer: one line, as a single process shows it.

xdist's controller waits in a loop without hooks, so a thread does the looking. It writes only while
the controller itself has nothing to write: once all workers have collected, until one of them runs
its first test.
"""

import threading
from contextlib import suppress
from pathlib import Path

import pytest

from pytest_ftevals.plugin.progress import Bar, how_far
from pytest_ftevals.run.messages import Messages
from pytest_ftevals.run.shared_progress import read_states, summed

_LOOK_SECONDS = 0.25
"""Between looks, and before the first: xdist ends its own status line meanwhile."""


class Watch:
    """Shows the workers' progress until stopped."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        """Show nothing yet; `folder` is where the workers tell."""
        self._bar = Bar(config)
        self._messages = Messages(folder)
        self._seen: set[str] = set()
        """Workers that were ever started."""
        self._alive: set[str] = set()
        self._collecting: set[str] = set()
        self._shown = False
        """Whether the line stands there now."""
        self._shown_ever = False
        self._lock = threading.Lock()
        """Held by whoever writes."""
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def begins(self, worker: str) -> None:
        """Take a worker that starts: xdist shows its collecting."""
        with self._lock:
            self._clear()
            self._seen.add(worker)
            self._alive.add(worker)
            self._collecting.add(worker)

    def has_collected(self, worker: str) -> None:
        """Begin to look once all workers are about to answer."""
        with self._lock:
            self._collecting.discard(worker)
            if not self._collecting and self._thread is None and not self._stopped.is_set():
                # A daemon, so that not even an exit past all hooks waits for it.
                self._thread = threading.Thread(target=self._look, name="ftevals", daemon=True)
                self._thread.start()

    def is_down(self, worker: str) -> None:
        """Take a worker's end: xdist writes about it."""
        with self._lock:
            self._clear()
            self._alive.discard(worker)
            self._collecting.discard(worker)

    def stop(self) -> None:
        """Clear the line and end the thread; what follows is pytest's to write."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._shown_ever:
            self._shown = self._shown_ever = False
            self._bar.end()

    def _look(self) -> None:
        while not self._stopped.wait(_LOOK_SECONDS):
            with self._lock, suppress(OSError):  # a terminal that hung up
                if not self._collecting:
                    self._show()

    def _show(self) -> None:
        now = summed(read_states(self._messages, self._seen), self._alive)
        if now is None:
            self._clear()
            return
        self._shown = self._shown_ever = True
        count = len(self._alive)
        what = now if isinstance(now, str) else how_far(now)
        self._bar.say(f"{count} {'worker' if count == 1 else 'workers'}, {what}")

    def _clear(self) -> None:
        if self._shown:
            self._shown = False
            self._bar.clear()
