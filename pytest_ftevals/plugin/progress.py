"""The progress of answering, on one terminal line; silent where nobody watches."""

import shutil
from pathlib import Path

import pytest

from pytest_ftevals.plugin.workers import MESSAGES, WATCHED, worker_input
from pytest_ftevals.run.progress import Progress, Silent, Step


class Bar:
    """A line that rewrites itself while models work."""

    def __init__(self, config: pytest.Config) -> None:
        """Show nothing yet."""
        self._config = config

    def say(self, what: str) -> None:
        """Show what begins now; empty clears the line."""
        self._write(f"ftevals: {what}" if what else "")

    def show(self, step: Step) -> None:
        """Show how far the answering is, in requests and tokens, and how long it will take."""
        self.say(how_far(step))

    def clear(self) -> None:
        """Clear the line and go back to its beginning, for others to write there."""
        self._write("")
        if (terminal := self._terminal()) is not None:
            terminal.rewrite("")

    def end(self) -> None:
        """Clear the line and leave it: pytest measures the line it writes on from its beginning."""
        self.clear()
        if (terminal := self._terminal()) is not None:
            terminal.write_line("")

    def _write(self, text: str) -> None:
        if (terminal := self._terminal()) is not None:
            # A line that wraps could not be rewritten.
            width = shutil.get_terminal_size(fallback=(80, 24)).columns - 1
            terminal.rewrite(text[:width], erase=True)

    def _terminal(self) -> pytest.TerminalReporter | None:
        found = self._config.pluginmanager.get_plugin("terminalreporter")
        return found if found is not None and found.isatty else None


def progress_of(config: pytest.Config) -> Progress:
    """Return who shows this process's progress: its own terminal, or its controller's."""
    told = worker_input(config)
    if told is None:
        return Bar(config)
    if not told.get(WATCHED):
        return Silent()
    from pytest_ftevals.run.messages import Messages
    from pytest_ftevals.run.shared_progress import Teller

    return Teller(Messages(Path(told[MESSAGES])), told["workerid"])


def how_far(step: Step) -> str:
    """Return progress in words: requests, tokens, tokens a second, and the seconds left."""
    left = step.seconds * (step.total_tokens - step.tokens) / max(1, step.tokens)
    share = step.tokens / max(1, step.total_tokens)
    return (
        f"{step.variant} {step.done:,}/{step.total:,} requests, {share:.0%} of "
        f"{step.total_tokens:,} tokens, {step.tokens / max(step.seconds, 1e-9):,.0f}/s, "
        f"{left:,.0f} s left"
    )
