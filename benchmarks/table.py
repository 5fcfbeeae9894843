"""The table: one row a goal, and why a work was not run."""

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = "| work | against | measured | parity | goal | |\n|---|---|---|---|---|---|"


class NotRunError(Exception):
    """A work that cannot be run here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One goal and what was measured."""

    work: str
    against: str
    measured: str
    goal: str
    met: bool
    parity: str = ""
    """What both sides were found to agree on."""

    def line(self) -> str:
        """Return the row as Markdown."""
        verdict = "met" if self.met else "missed"
        return _line([self.work, self.against, self.measured, self.parity, self.goal, verdict])


def not_run(work: str, why: str) -> str:
    """Return the row of a work that was not run, as Markdown."""
    return _line([work, "", f"not run: {why}", "", "", ""])


def faster(theirs: float, ours: float, at_least: float) -> tuple[str, str, bool]:
    """Return (measured, goal, met) for `at_least` times less time than theirs, both in seconds."""
    ratio = theirs / ours
    return (
        f"{ours:.1f} s against {theirs:.1f} s: {ratio:.1f} times faster",
        f"at least {at_least:g} times faster",
        ratio >= at_least,
    )


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.replace("|", "/").split()) for cell in cells) + " |"
