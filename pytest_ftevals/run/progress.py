"""Progress of long work, told to whoever shows it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far the answering is."""

    variant: str
    """The variant that is being asked."""
    done: int
    """Requests answered of those that had to be computed."""
    total: int
    tokens: int
    """Tokens worked through so far, padding included."""
    total_tokens: int
    seconds: float
    """Since the answering began."""


class Progress(Protocol):
    """Shows progress; called between batches and before long silent steps."""

    def say(self, what: str) -> None:
        """Show what begins now (loading a model); empty when all is done."""

    def show(self, step: Step) -> None:
        """Show how far the answering is."""


class Silent:
    """Shows nothing."""

    def say(self, what: str) -> None:
        """Show nothing."""

    def show(self, step: Step) -> None:
        """Show nothing."""
