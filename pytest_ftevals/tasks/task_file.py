"""What a task file says: one frozen dataclass, with the line of every key."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Message
from pytest_ftevals.core.request import Decode
from pytest_ftevals.core.task import Kind
from pytest_ftevals.tasks.yaml_lines import Places

DEFAULT_OPTIONS = "{{ choices }}"
MIN_OPTIONS = 2

Scoring = Literal["letters", "texts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FewShot:
    """The examples that stand before the question."""

    data: str
    """As written; relative to the task file."""
    count: int
    """Examples a block, 1 or more."""
    match: tuple[str, ...] = ()
    """Columns in which an example equals the case; empty: every case has the same block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFile:
    """A task file, checked as far as it can be without its data. Templates are source text."""

    path: Path
    name: str
    kind: Kind
    data: str
    """As written; relative to the task file."""
    metrics: tuple[str, ...]
    """One or more names; whether metrics of these names exist is checked elsewhere."""
    about: str = ""
    prompt: str | None = None
    """Template of a plain prompt; None where there are `messages`."""
    messages: tuple[Message, ...] = ()
    """Templates of a chat; the last is the user's."""
    preamble: str | None = None
    expected: JSON = field(default=None, hash=False)
    """``generate``: a template, or a mapping whose texts are templates; None without the key."""
    options: str | tuple[str, ...] = DEFAULT_OPTIONS
    """``choice``: a template of a list, or a template an option."""
    score: Scoring = "letters"
    answer: str = ""
    """``choice``: template of an index, a letter or an option's text."""
    decode: Decode = field(default_factory=Decode)
    samples: int = 1
    """``decode.samples``: how often every case is asked."""
    schema: str | None = None
    """As written; relative to the task file."""
    slices: tuple[str, ...] = ()
    cluster: str | None = None
    """The column whose equal values make cases belong together."""
    few_shot: FewShot | None = None
    pass_at: float | None = None
    places: Places = field(compare=False, repr=False)

    def line_of(self, key: str) -> int:
        """Return the line (from 1) of a key such as ``metrics`` or ``metrics.0``; 1 if absent."""
        return self.places.line_of(key)

    def where(self, key: str) -> str:
        """Return ``FILE:LINE`` of a key, for messages."""
        return self.places.where(key)

    def beside(self, written: str) -> Path:
        """Return the path that the task file writes relative to itself."""
        return self.path.parent / written
