"""Several candidates in the terminal section: golden pages of trade-off, seeds and three-way."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_ftevals.core.record import (
    ComparisonRow,
    Record,
    TradeoffMeasure,
    TradeoffRow,
    VariantRow,
)
from pytest_ftevals.reports.clean import display_width
from pytest_ftevals.reports.page import Page
from pytest_ftevals.reports.record_json import record_from_json, record_to_text
from pytest_ftevals.reports.terminal import render_terminal
from pytest_ftevals.reports.tradeoff import tradeoff_lines

if TYPE_CHECKING:
    from tests.reports.conftest import Build

GOLDEN = Path(__file__).parent / "golden"


def _measures(
    target: float | None, general: float | None, own: float
) -> tuple[TradeoffMeasure, ...]:
    return (
        TradeoffMeasure(
            task="tickets", metric="accuracy", role="target", unit="points", gain=target
        ),
        TradeoffMeasure(
            task="mmlu", metric="accuracy", role="general", unit="points", gain=general
        ),
        TradeoffMeasure(task="wikitext", metric="perplexity", role="general", unit="own", gain=own),
    )


def _traded(name: str, size: int, target: float | None, general: float | None) -> TradeoffRow:
    return TradeoffRow(
        candidate=name,
        seeds=None,
        size=size,
        target=target,
        general=general,
        met=True,
        pareto=True,
        best=False,
        smaller=None,
        marginal=None,
        pays=None,
        measures=_measures(target, general, -0.2),
    )


def _rows() -> tuple[TradeoffRow, ...]:
    r4 = _traded("r4", 920_000, 48.2, -0.4)
    r8 = replace(
        _traded("r8", 1_840_000, 52.6, -2.1),
        seeds=3,
        best=True,
        smaller="r4",
        marginal=4.4,
        pays=True,
    )
    r16 = replace(
        _traded("r16\x1b[2J", 3_680_000, 53.0, -4.0),
        met=False,
        smaller="r8",
        marginal=0.4,
        pays=False,
    )
    full = replace(_traded("full", 269_060_552, None, -9.0), met=None, pareto=False)
    return r4, r8, r16, full


def _record(build: "Build") -> Record:
    """Return a run of a group, another adapter and a full model."""
    points = {"full": ("full", 0.564, 0.289), "r8": ("base", 0.526, 0.281)}
    rows = [
        build.row(task, "accuracy", candidate=name, base=base, value=value)
        for name, (_, tickets, mmlu) in points.items()
        for task, base, value in (("mmlu", 0.302, mmlu), ("tickets", 0.0, tickets))
    ]
    rows += [build.perplexity(candidate="full"), build.perplexity(candidate="r8")]
    rows = [
        replace(row, seeds=3, seed_sd=sd) if row.candidate == "r8" else row
        for row, sd in zip(rows, (0.0, 0.0, 0.42, 1.23, 0.0, 0.0331), strict=True)
    ]
    rows += [
        build.row("mmlu", "accuracy", candidate="r8", reference="full", base=0.289, value=0.281),
        build.row("tickets", "accuracy", candidate="r8", reference="full", base=0.564, value=0.526),
        replace(build.perplexity(candidate="r8"), reference="full", base=24.1),
    ]
    variants = (
        build.variant("base", "org/base", "base"),
        *(replace(build.variant(f"r8.{seed}", f"out/s{seed}"), group="r8") for seed in range(3)),
        build.variant("full", "out/full", "full"),
    )
    return Record(comparisons=tuple(rows), variants=variants, tradeoff=_rows())


def _text(record: Record, width: int, *, ascii_only: bool = False) -> str:
    lines = tradeoff_lines(record, Page(width=width, ascii_only=ascii_only))
    return "".join(f"{line.text}\n" for line in lines)


def _check(path: Path, text: str) -> None:
    if not path.exists():
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{path.name} was missing and has been written: review and commit it")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_page_is_as_reviewed(build: "Build", width: int) -> None:
    """The page equals the reviewed file; delete the file and run to accept a change."""
    _check(GOLDEN / f"tradeoff_{width}.txt", _text(_record(build), width))


def test_ascii_page_is_as_reviewed(build: "Build") -> None:
    """The ASCII page has nothing beyond ASCII."""
    text = _text(_record(build), 80, ascii_only=True)
    assert text.isascii()
    _check(GOLDEN / "tradeoff_80_ascii.txt", text)


def test_no_line_is_too_wide_and_no_gap_is_lost(build: "Build") -> None:
    """From 40 columns on; escape sequences in names never reach the terminal."""
    for width in range(40, 140, 3):
        text = _text(_record(build), width)
        assert max(map(display_width, text.splitlines())) <= width
        assert "\x1b" not in text
        for cell in ("+52.6", "-2.1", "-3.8", "-0.8", "all met", "undecided"):
            assert cell in text, f"{cell} at width {width}"


def test_nothing_to_trade_is_no_section(build: "Build") -> None:
    """One candidate without seeds, or no target: no line at all."""
    assert _text(build.passing(), 80) == ""
    assert _text(build.two_candidates(), 80) == ""


def test_best_is_named_or_said_to_be_missing(build: "Build") -> None:
    """Where none meets its thresholds, and where measures are missing, that is said."""
    rows = tuple(replace(row, best=False, met=False) for row in _rows())
    text = _text(replace(_record(build), tradeoff=rows), 120)
    assert "best within the thresholds: none, no candidate meets all of them\n" in text
    rows = tuple(replace(row, best=False, met=True, target=None) for row in _rows())
    text = _text(replace(_record(build), tradeoff=rows), 120)
    assert "best within the thresholds: cannot be told without every measure in points\n" in text
    rows = tuple(replace(row, general=None) for row in _rows())
    text = _text(replace(_record(build), tradeoff=rows), 120)
    assert "best within the thresholds: r8, +52.6 points on target\n" in text


def test_a_best_one_is_not_denied(build: "Build") -> None:
    """Among those that meet their thresholds, decided on the same cases; else there is none."""
    record = _record(build)
    rows = tuple(
        replace(row, n=n, total=500)
        for row, n in zip(record.comparisons, (60, 60, 40, 40), strict=False)
    )
    text = _text(replace(record, comparisons=rows), 300)
    assert "best within the thresholds: r8, " in text
    assert "no best" not in text
    assert (
        "(full 60, r8 40): no step, no Pareto set; the best is among those that meet their "
        "thresholds, on the same cases\n"
    ) in text
    none = tuple(replace(row, best=False) for row in record.tradeoff)
    text = _text(replace(record, comparisons=rows, tradeoff=none), 300)
    assert "(full 60, r8 40): no step, no Pareto set and no best across them\n" in text


def test_the_best_row_is_good(build: "Build") -> None:
    """Its colour is that of a pass; the others have none."""
    lines = tradeoff_lines(_record(build), Page(width=120))
    assert [line.text.split()[0] for line in lines if line.style] == ["r8"]


@pytest.mark.parametrize(
    ("interval", "delta", "kept"),
    [
        ((50.0, 60.0), 52.6, "keeps 93% of full's gain"),
        ((50.0, 60.0), 60.0, "keeps 106% of full's gain"),
        ((50.0, 60.0), -1.0, "keeps none of full's gain"),
        ((-1.0, 60.0), 52.6, None),
    ],
)
def test_share_of_the_gain(
    build: "Build", interval: tuple[float, float], delta: float, kept: str | None
) -> None:
    """Of a gain that is none, or within the noise, no share can be told."""
    record = _record(build)
    changed: dict[tuple[str, str, str], dict[str, Any]] = {
        ("tickets", "full", "base"): {"interval": interval},
        ("tickets", "r8", "base"): {"delta": delta},
    }
    rows = tuple(
        replace(row, **changed.get((row.task, row.candidate, row.reference), {}))
        for row in record.comparisons
    )
    text = _text(replace(record, comparisons=rows), 120)
    assert ("keeps" in text) == (kept is not None)
    assert kept is None or kept in text


def test_full_model_whose_base_row_is_missing(build: "Build") -> None:
    """The gap stands alone where one side was never compared with the base."""
    record = _record(build)
    rows = tuple(row for row in record.comparisons if row.reference == "full")
    text = _text(replace(record, comparisons=rows, tradeoff=()), 120)
    assert "n/a" in text
    assert "-3.8" in text
    assert "keeps" not in text


def test_the_documentation_shows_real_pages(build: "Build") -> None:
    """What docs/candidates.md shows is what these records print in 80 columns."""
    page = (Path(__file__).parents[2] / "docs" / "candidates.md").read_text(encoding="utf-8")
    record = _record(build)
    r4, r8, r16, _ = (replace(row, measures=row.measures[:2]) for row in record.tradeoff)
    rates = tuple(row for row in record.comparisons if row.unit == "points")
    plain = replace(record, comparisons=rates, tradeoff=(r4, r8, replace(r16, candidate="r16")))
    traded, beside = _text(plain, 80).split("\n\n")
    for shown in (traded, beside):
        assert "".join(f"    {line}\n" for line in shown.splitlines()) in page


texts = st.text(
    st.characters() | st.sampled_from("\x1b\x9b\n\t\u202e\u200b\u0301漢 =/"), max_size=20
)
hostile_rows = st.builds(
    TradeoffRow,
    candidate=texts,
    seeds=st.none() | st.integers(2, 9),
    size=st.integers(0, 10**15),
    target=st.none() | st.floats(),
    general=st.none() | st.floats(),
    smaller=st.none() | texts,
    marginal=st.none() | st.floats(),
    measures=st.lists(st.builds(TradeoffMeasure, task=texts, metric=texts), max_size=3).map(tuple),
)
names = st.sampled_from(["r8", "full", "base"])
hostile_comparisons = st.builds(
    ComparisonRow,
    task=st.sampled_from(["a", "b\x1b"]),
    metric=st.just("m\u202e"),
    slice=st.none(),
    candidate=names,
    reference=names,
    n=st.integers(0, 9),
    total=st.none(),
    base=st.floats(),
    value=st.floats(),
    delta=st.floats() | st.just(0.0),
    interval=st.tuples(st.floats(), st.floats()),
    level=st.floats(0.5, 0.999),
    wins=st.just(0),
    losses=st.just(0),
    ties=st.just(0),
    seeds=st.none() | st.integers(2, 9),
    seed_sd=st.none() | st.floats(0),
    thresholds=st.just(()),
)


@settings(max_examples=50)
@given(
    traded=st.lists(hostile_rows, max_size=4).map(tuple),
    rows=st.lists(hostile_comparisons, max_size=5).map(tuple),
    width=st.integers(40, 130),
)
def test_any_record_is_shown(
    traded: tuple[TradeoffRow, ...], rows: tuple[ComparisonRow, ...], width: int
) -> None:
    """Whatever a record holds: no crash, no wide line, nothing that steers a terminal."""
    full = VariantRow(
        name="full",
        kind="full",
        source="",
        revision=None,
        fingerprint="",
        dtype="",
        size=0,
        adapter=None,
        shares_base=None,
    )
    record = Record(tradeoff=traded, comparisons=rows, variants=(full,))
    for line in render_terminal(record, width=width):
        assert display_width(line.text) <= width
        assert line.text.isprintable()
    assert record_from_json(json.loads(record_to_text(record))).tradeoff is not None
