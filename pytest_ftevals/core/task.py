"""A task: a named set of cases with a prompt, decoding settings and metrics."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.request import Decode

Kind = Literal["generate", "choice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task with its cases, as everything after the task files sees it."""

    name: str
    kind: Kind
    path: Path
    """The task file; paths that tests name (a schema) are relative to its folder."""
    cases: tuple[Case, ...]
    """In data order; ids are unique; never empty."""
    metrics: tuple[str, ...]
    """Metric names; the first is the one that ``result.drop`` speaks of."""
    about: str = ""
    """What the fine-tune should improve, in plain language."""
    decode: Decode = field(default_factory=Decode)
    """``generate`` only."""
    samples: int = 1
    """How often every case is asked, 1 or more; above 1 only where replies are drawn."""
    schema: JSON = None
    """The JSON Schema that replies should meet, parsed and checked; None without one."""
    schema_source: str = ""
    """The schema's file name as written in the task file, for messages."""
    slices: tuple[str, ...] = ()
    """Names of the columns that make slices."""
    cluster: str | None = None
    """Name of the column that makes clusters; None where cases are independent."""
    pass_at: float | None = None
    """Score of the first metric from which a case counts as passed; None: 1 for 0/1 metrics."""
    data_source: str = ""
    """Where the rows came from, as written in the task file."""
    data_hash: str = ""
    """SHA-256 of the data file's bytes."""
    template_hash: str = ""
    """Digest of everything in the task file that shapes a prompt or an expectation."""

    def named(self, case: str, sample: int) -> str:
        """Return ``case ID``, with the sample's number where every case has several."""
        return f"case {case}" if self.samples == 1 else f"case {case} sample {sample}"
