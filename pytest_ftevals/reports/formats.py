"""The files that a run writes, one format each: every one a function of record and samples."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.record_json import record_to_text
from pytest_ftevals.reports.samples import sample_line


@dataclass(frozen=True, slots=True)
class Format:
    """One file of a report."""

    file: str
    """Its name in the report's folder."""
    parts: Callable[[Record, Sequence[Sample]], Iterable[str]]
    """Makes its text, in parts that are written one after the other."""


FORMATS: tuple[Format, ...] = (
    Format("record.json", lambda record, _: [record_to_text(record)]),
    Format("samples.jsonl", lambda _, samples: (sample_line(one) + "\n" for one in samples)),
)
"""In the order in which they are written."""
