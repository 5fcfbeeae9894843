"""Everything that formats show of a record, as text and as rows of tables."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

import tinyhtml5

from pytest_ftevals.command.tracked import tracked_runs
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.annotations import annotations
from pytest_ftevals.reports.diff.as_json import difference_json
from pytest_ftevals.reports.diff.difference import Difference, difference
from pytest_ftevals.reports.diff.names import Names
from pytest_ftevals.reports.diff.page import difference_lines
from pytest_ftevals.reports.extra_html import extra_html
from pytest_ftevals.reports.html.page import html_parts
from pytest_ftevals.reports.junit import Property, properties_of
from pytest_ftevals.reports.markdown.page import markdown_parts
from pytest_ftevals.reports.model_card.files import card_files
from pytest_ftevals.reports.page import Page
from pytest_ftevals.reports.record_json import record_to_text
from pytest_ftevals.reports.terminal import render_terminal
from tests.markdown.rendered import render

Cells = list[str]
Samples = Sequence[Sample]
WIDTH = 300
_RUNS_OR_STYLES = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)


def terminal(record: Record, samples: Samples) -> str:
    """Return the page of a wide terminal, at ``-v``."""
    lines = render_terminal(record, width=WIDTH, verbose=1, samples=samples)
    return "\n".join(line.text for line in lines)


def html(record: Record, samples: Samples) -> str:
    """Return the page without styles, scripts and the data of its case browser."""
    return _RUNS_OR_STYLES.sub("", "".join(html_parts(record, samples)))


def markdown(record: Record, samples: Samples) -> str:
    """Return the comment on a pull request."""
    return "".join(markdown_parts(record, samples))


def cards(record: Record, _samples: Samples) -> str:
    """Return the model cards of all candidates."""
    return "\n".join("".join(parts) for _, parts in card_files(record))


def junit(record: Record, _samples: Samples) -> str:
    """Return the properties of all tests, a line each."""
    return "\n".join("=".join(one) for one in properties(record))


def properties(record: Record) -> list[Property]:
    """Return the properties of all tests."""
    nodes = dict.fromkeys(test.nodeid for test in record.tests)
    return [one for node in nodes for one in properties_of(record, node)]


def mlflow(record: Record, _samples: Samples) -> str:
    """Return what the tracker gets of all candidates: metrics, parameters and tags."""
    whole, below = tracked_runs(record)
    return "\n".join(
        f"{key}={value}"
        for run in (whole, *below)
        for kind in (run.metrics, run.params, run.tags)
        for key, value in kind.items()
    )


def diff_text(record: Record, samples: Samples) -> str:
    """Return what changed since a run whose every value was lower, as text."""
    lines = difference_lines(
        changed_since(record, samples), Page(width=WIDTH), titles=("a", "b"), everything=True
    )
    return "\n".join(lines)


def diff_json(record: Record, samples: Samples) -> str:
    """Return the same as JSON."""
    return json.dumps(difference_json(changed_since(record, samples)), allow_nan=False)


def changed_since(record: Record, samples: Samples) -> Difference:
    """Return what lies between a run whose every value was lower, every case failed, and this."""
    before = replace(
        record,
        comparisons=tuple(replace(row, value=row.value - 0.05) for row in record.comparisons),
    )
    lost = [replace(one, passed=False if one.passed else one.passed) for one in samples]
    return difference((before, lost), (record, samples), Names({}))


def pytest_html(record: Record, _samples: Samples) -> str:
    """Return what pytest-html's report says of all tests."""
    return "\n".join(extras(record))


def extras(record: Record) -> Iterator[str]:
    """Yield what pytest-html's report says of each test."""
    for test in record.tests:
        stated = [
            replace(row, thresholds=own)
            for row in record.comparisons
            if (own := tuple(one for one in row.thresholds if one.test == test.nodeid))
        ]
        yield extra_html(stated, nodeid=test.nodeid, outcome=test.outcome)


def annotated(record: Record, _samples: Samples) -> str:
    """Return the workflow commands that annotate the tests."""
    return "\n".join(one.command for one in annotations(record, lambda file: file))


FORMATS: Mapping[str, Callable[[Record, Samples], str]] = {
    "terminal": terminal,
    "html": html,
    "markdown": markdown,
    "card": cards,
    "junit": junit,
    "mlflow": mlflow,
    "diff": diff_text,
    "diff json": diff_json,
    "pytest-html": pytest_html,
    "annotations": annotated,
    "record.json": lambda record, _: record_to_text(record),
}
"""Name -> what it shows."""


def tables(name: str, record: Record, samples: Samples) -> list[Cells]:
    """Return the rows of all tables that a format has, a list of cells each."""
    text = FORMATS[name](record, samples)
    if name in {"html", "pytest-html"}:
        return list(_rows_of_page(text))
    if name == "card":
        return [row for _, parts in card_files(record) for row in _rows_of_card("".join(parts))]
    if name == "markdown":
        return render(text).rows
    return [re.split(" {2,}", line.strip()) for line in text.splitlines()]


def _rows_of_card(text: str) -> list[Cells]:
    return render(text.split("---\n", 2)[2]).rows


def _rows_of_page(text: str) -> Iterator[Cells]:
    page = tinyhtml5.parse(text, namespace_html_elements=False)
    for row in page.iter("tr"):
        yield [_text(cell) for cell in row]


def _text(cell: ET.Element) -> str:
    return " ".join(" ".join(cell.itertext()).split())
