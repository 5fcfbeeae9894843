"""How a run was made: everything in the record that another person needs to make it again."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import Record, TaskRow, TestRow, VariantRow
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.clean import clean
from pytest_ftevals.reports.header import facts_of, in_order
from pytest_ftevals.reports.json_text import json_text
from pytest_ftevals.reports.notes import note_lines
from pytest_ftevals.reports.page import Line, Page
from pytest_ftevals.reports.verdicts import Verdicts

_WIDE = Page(width=100_000)
_MOST_TESTS = 200
_SIZES = ("memory", "accelerator_memory")
_TITLES: Mapping[str, str] = {
    "command": "Command",
    "started": "Started",
    "duration_s": "Took",
    "exitstatus": "Exit status of pytest",
    "versions": "Versions",
    "hardware": "Hardware",
    "options": "Options",
    "numerics": "Numerics",
    "self_check": "Self-check",
    "plan": "Answers",
    "confidence": "Confidence of bounds",
    "decide": "Decides",
    "family": "Thresholds that share the error of refuting",
    "against": "Saved run compared with",
    "replayed": "Replay of",
    "changed": "Candidates chosen by",
}
"""The run's facts in the order in which they are shown; others follow under their own keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact of the run: one text, or several under their own keys."""

    title: str
    text: str = ""
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A variant with what tells it from others."""

    row: VariantRow
    facts: tuple[str, ...]
    rest: tuple[Fact, ...]
    config: str
    """The adapter's config as JSON; empty for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """A task with what shapes its prompts."""

    row: TaskRow
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests:
    """The tests of a run: counts per function, then each that did not pass."""

    functions: tuple[tuple[str, str], ...]
    """Node id without parameters, and what became of its tests: ``3 passed · 1 failed``."""
    named: tuple[tuple[TestRow, str], ...]
    """Those that did not pass, with their verdicts."""
    left_out: str
    """How many of these are not named."""
    total: str


def run_facts(record: Record) -> list[Fact]:
    """Return the run's facts; notes stand elsewhere, and what is null is left out."""
    known = {key: value for key, value in record.run.items() if key != "notes"}
    keys = [key for key in _TITLES if key in known]
    keys += sorted(key for key in known if key not in _TITLES)
    facts = [_fact(_TITLES.get(key, key), known[key], key) for key in keys]
    return [fact for fact in facts if fact.text or fact.parts]


def variants(record: Record) -> list[Variant]:
    """Return the variants, the base first."""
    return [
        Variant(
            row=row,
            facts=tuple(facts_of(row, record)),
            rest=tuple(_of_variant(row)),
            config="" if row.adapter is None else _lines(json_text(row.adapter, indent=2)),
        )
        for row in in_order(record)
    ]


def _lines(text: str) -> str:
    """Return `text` with each of its lines cleaned: JSON has characters that HTML has not."""
    return "\n".join(map(clean, text.split("\n")))


def task_facts(record: Record) -> list[TaskFacts]:
    """Return the tasks."""
    return [TaskFacts(row=task, facts=tuple(_of_task(task))) for task in record.tasks]


def notes(record: Record) -> list[Line]:
    """Return the notes of the report, a line each and in full, as the terminal has them."""
    return note_lines(record, _WIDE, verbose=1)


def tests(record: Record) -> Tests:
    """Return the tests: all are counted, those that did not pass are named."""
    verdicts = Verdicts.of(record)
    functions: dict[str, Counter[str]] = {}
    for test in record.tests:
        function = test.nodeid.partition("[")[0]
        functions.setdefault(function, Counter())[test.outcome] += 1
    loud = [test for test in record.tests if test.outcome != "passed"]
    left = len(loud) - _MOST_TESTS
    return Tests(
        functions=tuple(
            (name, " · ".join(f"{numbers.count(n)} {outcome}" for outcome, n in found.items()))
            for name, found in functions.items()
        ),
        named=tuple((test, verdicts.of_test(test)) for test in loud[:_MOST_TESTS]),
        left_out=numbers.counted(left, "more test") if left > 0 else "",
        total=numbers.counted(len(record.tests), "test"),
    )


def _fact(title: str, value: JSON, key: str = "") -> Fact:
    if key == "duration_s" and isinstance(value, int | float):
        return Fact(title=title, text=numbers.duration(value))
    if isinstance(value, dict):
        return Fact(title=title, parts=tuple(_leaves(value)))
    return Fact(title=title, text=_text(value))


def _leaves(value: Mapping[str, JSON], path: str = "") -> Iterable[tuple[str, str]]:
    """Yield every value of nested objects with its path of keys, in the order of record.json."""
    for key, inner in sorted(value.items()):
        name = f"{path}{key}"
        if isinstance(inner, dict):
            yield from _leaves(inner, f"{name}.")
        elif key in _SIZES and isinstance(inner, int):
            yield name, numbers.size(inner)
        elif text := _text(inner):
            yield name, text


def _text(value: JSON) -> str:
    """Return a plain value as it reads best; null as nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)


def _of_variant(row: VariantRow) -> Iterable[Fact]:
    shared = {True: "yes", False: "no, a separate base was loaded for it", None: "not loaded"}
    yield Fact(title="Source", text=row.source)
    if row.revision:
        yield Fact(title="Revision", text=row.revision)
    yield Fact(title="Fingerprint", text=row.fingerprint)
    yield Fact(title="Weights", text=f"{row.dtype}, {numbers.size(row.size)}")
    if row.kind == "adapter":
        yield Fact(title="On the base's own weights", text=shared[row.shares_base])
    if row.group is not None:
        yield Fact(title="Seed of", text=row.group)


def _of_task(row: TaskRow) -> Iterable[Fact]:
    many = f", {numbers.count(row.samples)} samples each" if row.samples > 1 else ""
    yield Fact(title="Cases", text=f"{numbers.count(row.n)}{many}")
    yield Fact(title="Kind", text=row.kind)
    yield Fact(title="Task file", text=row.source)
    yield Fact(title="Data", text=row.data)
    yield Fact(title="Data, SHA-256", text=row.data_hash)
    yield Fact(title="Template", text=row.template_hash)
    if row.decode is not None:
        yield _fact("Decoding", dict(row.decode))
    yield Fact(title="Metrics", text=_listed(row.metrics))
    if row.slices:
        yield Fact(title="Slices", text=_listed(row.slices))
    if row.cluster is not None:
        yield Fact(title="Cases belong together by", text=row.cluster)
    if row.signatures:
        yield Fact(title="Signatures", parts=tuple(sorted(row.signatures.items())))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
