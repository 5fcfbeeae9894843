"""The files that a run writes, one format each: every one a function of record and samples."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.model_card.files import card_files, cards_left_out
from pytest_ftevals.reports.record_json import record_to_text
from pytest_ftevals.reports.samples import sample_line


@dataclass(frozen=True, slots=True)
class Format:
    """One file of a report."""

    file: str
    """Its name in the report's folder."""
    parts: Callable[[Record, Sequence[Sample]], Iterable[str]]
    """Makes its text, in parts that are written one after the other."""


def _html(record: Record, samples: Sequence[Sample]) -> Iterable[str]:
    from pytest_ftevals.reports.html.page import html_parts

    return html_parts(record, samples)


def _markdown(record: Record, samples: Sequence[Sample]) -> Iterable[str]:
    from pytest_ftevals.reports.markdown.page import markdown_parts

    return markdown_parts(record, samples)


FORMATS: tuple[Format, ...] = (
    Format("record.json", lambda record, _: [record_to_text(record)]),
    Format("samples.jsonl", lambda _, samples: (sample_line(one) + "\n" for one in samples)),
    Format("report.html", _html),
    Format("report.md", _markdown),
)
"""In the order in which they are written."""


def report_files(record: Record, samples: Sequence[Sample]) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield every file of a report, its name and its parts: the formats, then the model cards."""
    for one in FORMATS:
        yield one.file, one.parts(record, samples)
    yield from card_files(record)


def left_out(record: Record, folder: Path) -> tuple[str, ...]:
    """Return a sentence for each file that a report in `folder` lacks, or that is not ours."""
    return cards_left_out(record, folder)
