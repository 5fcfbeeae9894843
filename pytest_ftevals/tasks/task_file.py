"""What a task file says: one frozen dataclass, with the line of every key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Message
from pytest_ftevals.core.label_rule import LabelEntry
from pytest_ftevals.core.metric_entry import MetricEntry
from pytest_ftevals.core.request import Decode
from pytest_ftevals.core.task import Kind
from pytest_ftevals.tasks.yaml_lines import Places

DEFAULT_OPTIONS = "{{ choices }}"
DEFAULT_TEXT = "{{ text }}"
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
    overlap: bool = False
    """Whether an example may ask what a case asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variations:
    """How cases are asked once more, to see whether answers hold."""

    vary: tuple[str, ...]
    """The columns whose text changes."""
    kinds: tuple[str, ...]
    """Names of noise, in `perturb.PERTURBATIONS`."""
    strength: float = 0.1
    """How much noise, in (0, 1]."""
    seed: int = 0
    paraphrases: str | None = None
    """The column of rewordings; None where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFile:
    """A task file, checked as far as it can be without its data. Templates are source text."""

    path: Path
    name: str
    kind: Kind
    data: str
    """As written; relative to the task file."""
    entries: tuple[MetricEntry, ...]
    """One or more metrics; whether there are such metrics is checked elsewhere."""
    about: str = ""
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Name -> template of a column's value, in the file's order."""
    prompt: str | None = None
    """Template of a plain prompt; None where there is none."""
    messages: tuple[Message, ...] = ()
    """Templates of a chat; the last is the user's, unless `turns` follow."""
    turns: str | tuple[str, ...] = ()
    """``generate``: a template of a list, or a template a turn; empty without the key."""
    preamble: str | None = None
    expected: JSON = field(default=None, hash=False)
    """``generate``: a template, a list of templates, or a mapping whose texts are templates; None
    without the key."""
    options: str | tuple[str, ...] = DEFAULT_OPTIONS
    """``choice``: a template of a list, or a template an option."""
    score: Scoring = "letters"
    answer: str = ""
    """``choice``: template of an index, a letter or an option's text, or of a list of those."""
    ending: str | None = None
    """``choice``: template of what is scored after every option; None where options are."""
    text: str = DEFAULT_TEXT
    """``perplexity``: template of what is scored."""
    counted: str | None = None
    """``perplexity``: template of what words and bytes are counted in; None: in the text."""
    decode: Decode = field(default_factory=Decode)
    samples: int = 1
    """``decode.samples``: how often every case is asked."""
    price: float | None = None
    """``deployment``: what an hour of the machine costs."""
    schema: str | None = None
    """As written; relative to the task file."""
    slices: tuple[str, ...] = ()
    cluster: str | None = None
    """The column whose equal values make cases belong together."""
    few_shot: FewShot | None = None
    variations: Variations | None = None
    pass_at: float | None = None
    labels: tuple[LabelEntry, ...] = ()
    """Rules for labels; whether their patterns and functions can be used is checked elsewhere."""
    grounded: bool = False
    explanations: bool = False
    places: Places = field(compare=False, repr=False)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics."""
        return tuple(entry.name for entry in self.entries)

    def line_of(self, key: str) -> int:
        """Return the line (from 1) of a key such as ``metrics`` or ``metrics.0``; 1 if absent."""
        return self.places.line_of(key)

    def where(self, key: str) -> str:
        """Return ``FILE:LINE`` of a key, for messages."""
        return self.places.where(key)

    def beside(self, written: str) -> Path:
        """Return the path that the task file writes relative to itself."""
        return self.path.parent / written
