"""Every number in every format is the record's: all formats of one record, side by side."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pytest_ftevals.command.tracked import tracked_runs
from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import ComparisonRow, Record, Sample
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.deltas import number_cells
from pytest_ftevals.reports.diff.as_json import difference_json
from pytest_ftevals.reports.headline import headline
from pytest_ftevals.reports.json_text import plain
from pytest_ftevals.reports.junit import properties_of
from pytest_ftevals.reports.model_card.files import card_files
from pytest_ftevals.reports.record_json import record_from_json, record_to_text
from pytest_ftevals.reports.verdicts import Verdicts
from tests.reports.mutations import mutations
from tests.reports.rich import rich
from tests.reports.shown import FORMATS, changed_since, tables

if TYPE_CHECKING:
    from tests.reports.conftest import Build

TABLES = ("terminal", "html", "markdown", "card", "pytest-html")
EVERYWHERE = frozenset(FORMATS)
# What the lines below leave out; a model card shows no failures, a comment no settings.
PAGES = frozenset({"terminal", "html", "markdown"})
NUMBER = re.compile(r"[+-]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]\d+)?")
AXES = ("Forest plot",)
"""Begins of headers that hold an axis, whose ticks are of no record."""

SHOWN: dict[str, frozenset[str]] = {
    "comparisons.n": EVERYWHERE,
    "comparisons.base": EVERYWHERE,
    "comparisons.value": EVERYWHERE,
    "comparisons.delta": EVERYWHERE,
    "comparisons.interval.low": EVERYWHERE - {"diff"},
    "comparisons.interval.high": EVERYWHERE - {"diff"},
    "comparisons.level": EVERYWHERE - {"diff", "mlflow", "annotations"},
    "comparisons.detectable": frozenset({"terminal", "html"}),
    "comparisons.wins": frozenset({"terminal", "html", "junit", "diff json"}),
    "comparisons.losses": frozenset({"terminal", "html", "junit", "diff json"}),
    "comparisons.ties": frozenset({"html", "junit", "diff json"}),
    # The text of a threshold has its bound; the row beside it what was observed.
    "comparisons.thresholds.bound": frozenset({"junit"}),
    "comparisons.thresholds.observed": frozenset({"junit"}),
    "comparisons.thresholds.n_used": PAGES | {"junit", "mlflow"},
    "comparisons.thresholds.p": PAGES | {"junit"},
    "comparisons.thresholds.p_holm": PAGES,
    "failures.n": frozenset({"html", "markdown", "junit"}),
    "failures.failed": PAGES | {"junit", "mlflow"},
    "failures.labels[]": PAGES | {"junit", "mlflow"},
    "failures.flaws[]": frozenset({"html", "markdown"}),
    "failures.regressions": PAGES | {"junit", "mlflow"},
    "patterns.n": frozenset({"html"}),
    "patterns.failed": frozenset({"terminal", "html"}),
    "patterns.tried": frozenset({"html"}),
    "patterns.found.n": PAGES,
    "patterns.found.failed": PAGES,
    "patterns.found.lift": PAGES,
    # Of so many features only the adjusted one says anything.
    "patterns.found.p": frozenset(),
    "patterns.found.p_adjusted": PAGES,
    "failure_log.runs": PAGES,
    "failure_log.again.failed": frozenset({"terminal", "html"}),
    "failure_log.again.runs": frozenset({"terminal", "html"}),
    "tradeoff.size": PAGES | {"card"},
    "tradeoff.target": PAGES | {"card", "mlflow"},
    "tradeoff.general": PAGES | {"card", "mlflow"},
    "tradeoff.marginal": PAGES | {"card"},
    # In points it is a part of the target, whose mean stands there.
    "tradeoff.measures.gain": frozenset(),
    "variants.size": frozenset({"html", "card", "mlflow"}),
    "tasks.n": frozenset({"html", "card", "mlflow"}),
    "tasks.decode[]": frozenset({"html", "card", "mlflow"}),
    "tasks.samples": frozenset({"html", "card", "mlflow"}),
}
"""Where a number stands in the record -> the formats that show it, beside record.json."""
OF_THE_RUN = frozenset({"html", "card"})
"""Formats that show every number of `run`, as settings."""


@pytest.fixture(name="made")
def run_with_everything(build: "Build") -> tuple[Record, tuple[Sample, ...]]:
    """Return a record that has every kind of row, and samples."""
    return rich(build)


@pytest.mark.parametrize("name", TABLES)
def test_every_comparison_stands_in_one_row(
    made: tuple[Record, tuple[Sample, ...]], name: str
) -> None:
    """With its own n, values, delta and interval, its threshold and the verdict on it."""
    record, samples = made
    rows = tables(name, record, samples)
    verdicts = Verdicts.of(record)
    for row in record.comparisons:
        cells = number_cells(row, "±")
        wanted = {cells[key] for key in ("base", "value", "delta", "interval")}
        (found,) = {tuple(cells) for cells in rows if wanted | {numbers.count(row.n)} <= {*cells}}
        for verdict in verdicts.on(row):
            bound = verdict.threshold.text.removeprefix(row.metric).strip()
            assert f"{bound} {verdict.text}" in " ".join(found)


def test_formats_for_programs_have_the_numbers_themselves(
    made: tuple[Record, tuple[Sample, ...]],
) -> None:
    """Not a digit is rounded in JSON, JUnit, MLflow, the hub's metadata and a difference."""
    record, samples = made
    assert record_from_json(json.loads(record_to_text(record))) == record
    values = [row.value for row in record.comparisons if row.slice is None]
    assert list(_of_hub(record)) == values
    _, runs = tracked_runs(record)
    kept = {(run.name, *one) for run in runs for one in run.metrics.items()}
    difference: Any = difference_json(changed_since(record, samples))
    after = {_key(one): one["after"] for one in difference["values"]}
    for row in record.comparisons:
        low, high = row.interval
        exact: dict[str, float] = {
            "n": row.n, "base": row.base, "value": row.value, "delta": row.delta
        }  # fmt: skip
        of_test = {json.dumps(float(value)) for _, value in _numeric(record, row)}
        assert {json.dumps(float(one)) for one in (*exact.values(), low, high)} <= of_test
        own = {value for name, key, value in kept if name == row.candidate and row.task in key}
        assert {*exact.values(), low, high} <= own
        shown = after[row.task, row.metric, row.slice, row.candidate]
        assert {name: shown[name] for name in exact} == exact
        assert shown["interval"] == [low, high]


def _of_hub(record: Record) -> Iterator[float]:
    """Yield the values in the metadata of all model cards."""
    for _, parts in card_files(record):
        data = yaml.safe_load("".join(parts).split("---\n", 2)[1])
        for result in data["model-index"][0]["results"]:
            yield from (metric["value"] for metric in result["metrics"])


def _numeric(record: Record, row: ComparisonRow) -> Iterator[tuple[str, float]]:
    for one in row.thresholds:
        for name, value in properties_of(record, one.test):
            if NUMBER.fullmatch(value.removeprefix("-")):
                yield name, float(value)


def _key(one: dict[str, Any]) -> tuple[str, str, str | None, str]:
    return one["task"], one["metric"], one["slice"], one["candidate"]


def test_a_number_that_changes_changes_where_it_is_shown(
    made: tuple[Record, tuple[Sample, ...]],
) -> None:
    """Every number of the record, one at a time: formats that show it show the other one."""
    record, samples = made
    before = {name: shown(record, samples) for name, shown in FORMATS.items()}
    found = {
        where: {name for name, shown in FORMATS.items() if shown(other, samples) != before[name]}
        for where, other in mutations(record)
    }
    assert {where for where in found if not where.startswith("run.")} == SHOWN.keys()
    for where, changed in found.items():
        wanted = SHOWN.get(where, OF_THE_RUN) | {"record.json"}
        assert changed >= wanted, f"{where} is not shown in {sorted(wanted - changed)}"


@pytest.mark.parametrize("name", TABLES)
def test_no_other_number_stands_in_a_table(
    made: tuple[Record, tuple[Sample, ...]], name: str
) -> None:
    """Each is one of the record's as `reports/numbers.py` writes it, or counts a list of it."""
    record, samples = made
    known = {text for value in _leaves(plain(record)) for text in _written(value)}
    for row in tables(name, record, samples):
        for cell in row:
            if not cell.startswith(AXES) and '"' not in cell:
                assert set(NUMBER.findall(cell)) - known == set(), cell


def _leaves(value: JSON) -> Iterator[JSON]:
    if isinstance(value, dict):
        yield from value
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        yield len(value)
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _written(value: JSON) -> set[str]:
    """Return how formats may write one value."""
    if isinstance(value, str):
        return set(NUMBER.findall(value))
    if isinstance(value, int):
        return {str(value), numbers.count(value), *NUMBER.findall(numbers.size(value))}
    if not isinstance(value, float):
        return set()
    own = {
        write(value, digits) for write in (numbers.own, numbers.own_signed) for digits in range(5)
    }
    other = (numbers.rate(value), numbers.points(value), numbers.p_value(value))
    spans = (numbers.level(value), numbers.duration(value), f"{value:.1g}")
    unsigned = {text.lstrip("+-") for text in own}
    return own | unsigned | {one for text in (*other, *spans) for one in NUMBER.findall(text)}


def test_confusion_counts_are_the_records(made: tuple[Record, tuple[Sample, ...]]) -> None:
    """Each count in the row of its class; what is 0 may be left out."""
    record, samples = made
    counts: JSON = {"base": [[881, 0, 602], [0, 743, 0]]}
    table: dict[str, JSON] = {"labels": ["LOC", "HUM"], "counts": counts}
    one, *others = record.tasks
    rows = tables("html", replace(record, tasks=(replace(one, confusion=table), *others)), samples)
    assert any(cells[0] == "LOC" and {"881", "602"} <= {*cells} for cells in rows)
    assert any(cells[0] == "HUM" and "743" in cells for cells in rows)


@pytest.mark.parametrize("name", ["html", "markdown", "card", "mlflow"])
def test_every_format_begins_with_the_headline(
    made: tuple[Record, tuple[Sample, ...]], name: str
) -> None:
    """One verdict and its counts, in the same words."""
    record, samples = made
    found = headline(record)
    text = FORMATS[name](record, samples)
    assert found.word in text
    assert found.text in text


@pytest.mark.parametrize("name", sorted(PAGES))
def test_patterns_read_alike(made: tuple[Record, tuple[Sample, ...]], name: str) -> None:
    """Lift and adjusted p-value have the same digits wherever they stand."""
    record, samples = made
    rows = [{*NUMBER.findall(" ".join(cells))} for cells in tables(name, record, samples)]
    for row in record.patterns:
        for one in row.found:
            wanted = {numbers.own(one.lift, 1), numbers.p_value(one.p_adjusted)}
            assert any(
                {numbers.count(one.failed), numbers.count(one.n)} | wanted <= tokens
                for tokens in rows
            )
