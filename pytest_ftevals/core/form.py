"""Forms: what a task's metrics read of a reply, as far as labels speak of it."""

from collections.abc import Callable
from dataclasses import dataclass

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.response import Response


def whole(text: str) -> str:
    """Return the text: what a metric reads that reads all of it."""
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form in which a metric wants replies; by default it looks for something in them."""

    compares: bool = False
    """Whether the reply as a whole is held against the expected text, so that its length counts."""
    json: bool = False
    """Whether it reads JSON, whatever is expected."""
    part: Callable[[str], str | None] = whole
    """What it reads of a reply; None where that is not there."""
    fault: Callable[[str], Label | None] | None = None
    """What is wrong with the form of a part, where the metric reads shapes of its own."""
    refuses: Callable[[str], bool] | None = None
    """Whether a reply refuses; None where no reply is read."""
    should_refuse: Callable[[Case], bool | None] | None = None
    """Whether a row says that its prompt should be refused; None where it says nothing of it."""
    breaks: Callable[[Case, Response], bool] | None = None
    """Whether a reply breaks instructions that a metric checks; None where no metric does."""
