"""200 records, runs and replies, the most hostile that can be drawn, in every format.

None crashes; every file is of its format; nothing that a model or a data row says becomes markup.
"""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pytest_ftevals.command.tracked import (
    LONGEST_KEY,
    LONGEST_PARAMETER,
    LONGEST_TAG,
    tracked_runs,
)
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.annotations import annotations
from pytest_ftevals.reports.clean import display_width
from pytest_ftevals.reports.diff.as_json import difference_json
from pytest_ftevals.reports.diff.difference import difference
from pytest_ftevals.reports.diff.names import Names
from pytest_ftevals.reports.diff.page import difference_lines
from pytest_ftevals.reports.formats import report_files
from pytest_ftevals.reports.junit import Property, case_properties, properties_of
from pytest_ftevals.reports.page import Page
from pytest_ftevals.reports.terminal import render_terminal
from tests.reports.runs import Run, runs
from tests.reports.shown import changed_since, extras
from tests.reports.strategies import any_float, hostile, records, samples, tuples
from tests.reports.validity import check_of, fragment_of_html, strict_json

FILE = re.compile(r"[a-z\d][\w.-]*\.(json|jsonl|html|md)", re.IGNORECASE | re.ASCII)
COMMAND = re.compile(r"::(error|warning) [a-z]+=[^:\r\n]*::[^\r\n]*")
KEY = re.compile(r"[\w./ -]+", re.ASCII)
WIDTH = 100
# Shrinking a failure renders a thousand records more, for minutes.
fuzzed = settings(max_examples=200, phases=[Phase.explicit, Phase.generate])
# Half of them belong together; of the others no row need know another.
drawn = runs() | st.builds(Run, records(hostile, any_float), tuples(samples(hostile), 3))


@fuzzed
@given(drawn)
def test_every_format_of_any_run(run: Run) -> None:
    """Terminal, every file of a report's folder, pytest-html, annotations, a difference, MLflow."""
    found = (_files, _terminal, _pytest_html, _annotations, _difference, _tracked)
    assert [problem for problems in found for problem in problems(run)] == []


def _files(run: Run) -> Iterator[str]:
    names: set[str] = set()
    for name, parts in report_files(run.record, run.samples):
        text = "".join(parts)
        text.encode()
        if not FILE.fullmatch(name) or name.lower() in names:
            yield f"{name!r} is no file name, or one twice"
        names.add(name.lower())
        yield from (f"{name}: {problem}" for problem in check_of(name)(text))


def _terminal(run: Run) -> Iterator[str]:
    lines = render_terminal(run.record, width=WIDTH, verbose=2, samples=run.samples)
    yield from _not_plain("terminal", [line.text for line in lines])


def _pytest_html(run: Run) -> Iterator[str]:
    for text in extras(run.record):
        yield from (f"pytest-html: {problem}" for problem in fragment_of_html(text))


def _annotations(run: Run) -> Iterator[str]:
    """A command is one line; whatever it quotes begins no other."""
    for one in annotations(run.record, lambda file: file):
        if not COMMAND.fullmatch(one.command) or len(one.command.splitlines()) != 1:
            yield f"annotations: {one.command!r}"


def _difference(run: Run) -> Iterator[str]:
    found = changed_since(run.record, run.samples)
    strict_json(json.dumps(difference_json(found), allow_nan=False).encode())
    page = Page(width=WIDTH)
    yield from _not_plain("diff", difference_lines(found, page, titles=("a", "b"), everything=True))
    same = difference((run.record, run.samples), (run.record, run.samples), Names({}))
    if run.record == run.record and not same.is_none:  # NaN is not equal to itself
        yield f"diff: {same.statement}"


def _tracked(run: Run) -> Iterator[str]:
    """Names, parameters and tags that MLflow takes."""
    whole, below = tracked_runs(run.record)
    for one in (whole, *below):
        for key in (*one.metrics, *one.params, *one.tags):
            if not KEY.fullmatch(key) or len(key) > LONGEST_KEY or ".." in key.split("/"):
                yield f"mlflow: the name {key!r}"
        for longest, texts in ((LONGEST_PARAMETER, one.params), (LONGEST_TAG, one.tags)):
            yield from (
                f"mlflow: {len(text)} characters"
                for text in texts.values()
                if len(text.encode().decode()) > longest
            )
        yield from (f"mlflow: {n}" for n in one.metrics.values() if not math.isfinite(n))


def _not_plain(name: str, lines: list[str]) -> Iterator[str]:
    """Yield the lines that are too wide, or steer a terminal."""
    for line in lines:
        if not line.isprintable() or display_width(line) > WIDTH:
            yield f"{name}: {line!r}"


def test_junit_properties_of_any_run(pytester: pytest.Pytester) -> None:
    """Those of 200 records make one file, written by pytest, that an XML parser takes."""
    found: list[Property] = []

    @fuzzed
    @given(records(hostile, any_float), samples(hostile))
    def collect(record: Record, sample: Sample) -> None:
        nodes = {test.nodeid for test in record.tests} | {"a.py::one", "a.py::two[x]"}
        found.extend(one for node in sorted(nodes) for one in properties_of(record, node))
        found.extend(case_properties([sample]))

    collect()
    assert len(found) > 1000
    written = [tuple(one) for one in _written(pytester, found)]
    assert [name for name, _ in written] == [name for name, _ in found]
    for (_, value), (_, given_value) in zip(written, found, strict=True):
        # Attributes hold no line breaks, and pytest spells what XML has no character for.
        if given_value.isprintable():
            assert value == given_value


def _written(pytester: pytest.Pytester, found: list[Property]) -> Iterator[tuple[str, str]]:
    """Yield the properties of the file that pytest writes where a test has them."""
    (pytester.path / "found.json").write_text(json.dumps(found), encoding="ascii")
    pytester.makepyfile("""
        import json
        from pathlib import Path
        def test_all(record_property):
            for name, value in json.loads(Path("found.json").read_text()):
                record_property(name, value)
    """)
    path = Path(pytester.path, "junit.xml")
    result = pytester.runpytest_inprocess("-o", "junit_family=legacy", f"--junit-xml={path}")
    result.assert_outcomes(passed=1)
    for one in ET.parse(path).iter("property"):  # noqa: S314 - written a line above
        yield one.attrib["name"], one.attrib["value"]
