"""The progress of answering, on one terminal line; silent where nobody watches."""

import shutil

import pytest

from pytest_ftevals.run.progress import Step


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
        left = step.seconds * (step.total_tokens - step.tokens) / max(1, step.tokens)
        share = step.tokens / max(1, step.total_tokens)
        self._write(
            f"ftevals: {step.variant} {step.done:,}/{step.total:,} requests, {share:.0%} of "
            f"{step.total_tokens:,} tokens, {step.tokens / max(step.seconds, 1e-9):,.0f}/s, "
            f"{left:,.0f} s left"
        )

    def _write(self, text: str) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None and terminal.isatty:
            # A line that wraps could not be rewritten.
            width = shutil.get_terminal_size(fallback=(80, 24)).columns - 1
            terminal.rewrite(text[:width], erase=True)
