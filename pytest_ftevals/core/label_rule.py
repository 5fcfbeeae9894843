"""Label rules: what a task file adds to the rules that label failures."""

from collections.abc import Callable
from dataclasses import dataclass

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response


class RuleFaultError(Exception):
    """Why a rule cannot tell of an answer, in one line; the answer does without its label."""

    def __init__(self, why: str, *, slow: bool = False) -> None:
        """Hold why, and whether it was cut off for taking too long."""
        super().__init__(why)
        self.slow = slow


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEntry:
    """One item under ``labels:``, as the task file has it."""

    label: str
    """A text of its own, or one of `core.label.Label`."""
    pattern: str | None = None
    """Source of a regular expression; None where a function decides."""
    absent: bool = False
    """Whether the label stands for replies that the pattern does not match."""
    function: str | None = None
    """``module:function``; None where a pattern decides."""
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRule:
    """A user's rule, ready to be asked about failed answers."""

    label: str
    applies: Callable[[Case, Response], bool]
    """Raises RuleFaultError where it cannot tell."""
    meaning: str = ""
