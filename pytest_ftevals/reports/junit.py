"""What a test's entry in a JUnit file says beside its outcome: properties, a name and a value each.

Names are paths of parts with dots between them. In a part everything but letters, digits, spaces
and ``_-=+~()`` is percent-encoded as UTF-8, dots too, so that a name splits at its dots and no name
of a task, slice or candidate can break an XML file. Numbers are written as record.json has them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from pytest_ftevals.core.failures import FailureRow
from pytest_ftevals.core.record import ComparisonRow, Record, Sample, ThresholdRow
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports.json_text import json_text

Property = tuple[str, str]
PREFIX = "ftevals"

_ESCAPED = re.compile(r"[^\w =+~()-]")
_NUMBERS = ("n", "base", "value", "delta")
_COUNTS = ("unit", "wins", "losses", "ties")
_DECIDED = ("kind", "op", "bound", "observed", "holds", "evidence", "verdict", "n_used", "p")


def properties_of(record: Record, nodeid: str) -> tuple[Property, ...]:
    """Return the properties of a test that a record knows, without those of single cases."""
    groups = {one.name: one.group for one in record.variants}
    rows = tuple(_stated(record.comparisons, nodeid))
    failed = any(one.nodeid == nodeid and one.outcome == "failed" for one in record.tests)
    missed = {
        (row.task, row.candidate)
        for row in rows
        if failed and any(not one.met for one in row.thresholds)
    }
    failures = [
        one
        for one in record.failures
        if {(one.task, one.candidate), (one.task, groups.get(one.candidate))} & missed
    ]
    return stated_properties(rows, failures)


def stated_properties(
    rows: Sequence[ComparisonRow], failures: Iterable[FailureRow]
) -> tuple[Property, ...]:
    """Return the properties of a test that stated thresholds.

    `rows` hold this test's thresholds alone, `failures` are of the candidates that missed one.
    """
    return (
        *(one for row in rows for one in _of_row(row)),
        *(one for row in failures for one in _of_failures(row)),
    )


def case_properties(samples: Sequence[Sample]) -> tuple[Property, ...]:
    """Return the properties of a failed test about one case: one variant's answers to it.

    ``label`` is the first primary label, ``labels[...]`` how many of the answers carry a label;
    nothing where none does.
    """
    labels = Counter(name for one in samples for name in one.labels)
    if not labels:
        return ()
    first = next(one for one in samples if one.labels)
    path = _path(first.task, first.variant)
    return (
        (f"{path}.case", first.case),
        (f"{path}.label", first.labels[0]),
        *_labels(path, labels),
    )


def _stated(rows: Iterable[ComparisonRow], nodeid: str) -> Iterator[ComparisonRow]:
    """Yield the rows that a test stated thresholds on, with these alone."""
    for row in rows:
        own = tuple(dict.fromkeys(one for one in row.thresholds if one.test == nodeid))
        if own:
            yield replace(row, thresholds=own)


def _of_row(row: ComparisonRow) -> Iterator[Property]:
    metric = _part(row.metric) if row.slice is None else _bracketed(_part(row.metric), row.slice)
    against = () if row.reference == BASE else ("vs", _part(row.reference))
    path = ".".join((PREFIX, _part(row.task), metric, _part(row.candidate), *against))
    yield from ((f"{path}.{name}", _text(getattr(row, name))) for name in _NUMBERS)
    yield f"{path}.interval_low", _text(row.interval[0])
    yield f"{path}.interval_high", _text(row.interval[1])
    yield f"{path}.level", _text(row.level)
    yield from ((f"{path}.{name}", _text(getattr(row, name))) for name in _COUNTS)
    for number, one in enumerate(row.thresholds, 1):
        yield from _of_threshold(one, path, f".{number}" if number > 1 else "")


def _of_threshold(one: ThresholdRow, path: str, number: str) -> Iterator[Property]:
    yield f"{path}.threshold{number}", one.text
    for name in _DECIDED:
        value = getattr(one, name)
        if value is not None:
            yield f"{path}.{name}{number}", _text(value)


def _of_failures(row: FailureRow) -> Iterator[Property]:
    path = _path(row.task, row.candidate)
    counts = {"answers": row.n, "failed": row.failed, "regressions": row.regressions}
    yield from ((f"{path}.{name}", str(n)) for name, n in counts.items() if n is not None)
    yield from _labels(path, row.labels)


def _labels(path: str, counts: Mapping[str, int]) -> Iterator[Property]:
    for name, n in counts.items():
        yield f"{path}.{_bracketed('labels', name)}", str(n)


def _path(task: str, candidate: str) -> str:
    return ".".join((PREFIX, _part(task), _part(candidate)))


def _bracketed(part: str, name: str) -> str:
    return f"{part}[{_part(name)}]"


def _part(name: str) -> str:
    return _ESCAPED.sub(_encoded, name)


def _encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else json_text(value)
