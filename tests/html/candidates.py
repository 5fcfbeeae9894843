"""A record of three candidates with everything that a page shows, each number of its own."""

from dataclasses import replace

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.failures import (
    FailureLogRow,
    FailureRow,
    Pattern,
    PatternRow,
    Recurring,
)
from pytest_ftevals.core.record import (
    ComparisonRow,
    Outcome,
    Record,
    Sample,
    TaskRow,
    TestRow,
    ThresholdRow,
    TradeoffMeasure,
    TradeoffRow,
)
from pytest_ftevals.core.threshold import Evidence, Quantity
from tests.reports.conftest import Build

CANDIDATES = ("r4", "r16", "full")
SUBJECTS = ("law", "physics", "history")
_BUILD = Build()
_TASK = _BUILD.task("tickets", 500, "accuracy", "json_valid")
_MATRIX: list[JSON] = [[40, 3, 0, 1], [2, 41, 1, 0], [0, 12, 20, 12]]


def candidates() -> Record:
    """Return the record: r4 passes, r16 fails on mmlu, the full model is undecided."""
    tests = (
        _tested("r4", "passed"),
        _tested("r16", "failed", "assert drop <= 2"),
        _tested("full", "passed"),
    )
    return Record(
        run=_BUILD.run("bfloat16: 3 answers differed between batch compositions"),
        variants=(
            _BUILD.variant("base", "HuggingFaceTB/SmolLM2-135M-Instruct", "base"),
            _BUILD.variant("r4", "out/r4"),
            _BUILD.variant("r16", "out/r16", rank=16),
            _BUILD.variant("full", "out/full", "full"),
        ),
        tasks=(_task(), _BUILD.task("mmlu", 14_042, "accuracy")),
        comparisons=tuple(row for number in range(3) for row in _rows(number)),
        tests=tests,
        failures=_failures(),
        patterns=_patterns(),
        failure_log=_log(),
        tradeoff=tuple(map(_traded, range(3))),
    )


def answers() -> tuple[Sample, ...]:
    """Return two cases of each task, so that the page has its case browser."""
    return tuple(
        replace(_BUILD.sample(case, variant, "LOC" if good else "HUM", *labels), task=task)
        for task in ("tickets", "mmlu")
        for case in ("88", "402")
        for variant in ("base", *CANDIDATES)
        for good in [variant == "base" or case == "402"]
        for labels in [() if good else ("wrong answer", "regression from base")]
    )


def _tested(candidate: str, outcome: Outcome, message: str = "") -> TestRow:
    return TestRow(
        nodeid=_test(candidate), outcome=outcome, states_threshold=True, message=message, line=12
    )


def _test(candidate: str) -> str:
    return f"evalsuites/test_kept.py::test_ability_is_kept[{candidate}-mmlu]"


def _threshold(name: str, text: str, kind: Quantity) -> ThresholdRow:
    evidence: dict[str, Evidence] = {"r4": "proven", "r16": "refuted", "full": "not proven"}
    _, op, bound = text.split()
    made = _BUILD.threshold(
        text,
        test=_test(name),
        kind=kind,
        holds=name != "r16",
        evidence=evidence[name],
        n_used=14_042,
        p_holm=0.02,
    )
    return replace(made, op=op, bound=float(bound))


def _rows(number: int) -> list[ComparisonRow]:
    name = CANDIDATES[number]
    value = 0.298 - 0.021 * number
    rows = [
        _BUILD.row(
            "mmlu",
            "accuracy",
            _threshold(name, "drop <= 2", "drop"),
            n=14_042,
            base=0.302,
            value=value,
            candidate=name,
        ),
        _BUILD.row("tickets", "accuracy", base=0.012, value=0.7 + 0.07 * number, candidate=name),
        replace(_BUILD.perplexity(candidate=name), value=25.02 + number, delta=0.703 + number),
    ]
    rows += [
        _BUILD.row(
            "mmlu",
            "accuracy",
            slice=f"subject={subject}",
            candidate=name,
            n=100 + 10 * number + place,
            base=0.3,
            value=0.31 + 0.011 * number + 0.03 * place,
        )
        for place, subject in enumerate(SUBJECTS)
    ]
    near = [replace(row, interval=(row.delta - 1.1, row.delta + 0.9)) for row in rows]
    beside = _BUILD.row("tickets", "accuracy", candidate="r4", reference="full", base=0.84)
    return [*near, beside] if name == "r4" else near


def _task() -> TaskRow:
    base: list[JSON] = [[4, 0, 0, 40], [0, 6, 0, 38], [0, 0, 8, 36]]
    counts: dict[str, JSON] = {"r4": _MATRIX, "base": base}
    return replace(_TASK, confusion={"labels": ["LOC", "HUM", "NUM"], "counts": counts})


def _failures() -> tuple[FailureRow, ...]:
    return (
        FailureRow(
            task="tickets",
            candidate="r4",
            n=500,
            failed=97,
            labels={"wrong answer": 80, "wrong format": 12},
            flaws={"too verbose": 9},
            regressions=3,
            worst=("88", *(f"test-{number}" for number in range(70))),
        ),
        FailureRow(
            task="mmlu",
            candidate="r16",
            n=14_042,
            failed=None,
            labels={},
            regressions=None,
            worst=("402",),
        ),
    )


def _patterns() -> tuple[PatternRow, ...]:
    found = Pattern(
        feature="language=de", n=166, failed=51, lift=1.75, p=1e-4, p_adjusted=0.0031, cases=("88",)
    )
    row = PatternRow(
        task="tickets",
        candidate="r4",
        among="failures",
        n=500,
        failed=97,
        tried=34,
        found=(found,),
    )
    return (row, replace(row, among="regressions", n=488, failed=3, found=()))


def _log() -> tuple[FailureLogRow, ...]:
    return (
        FailureLogRow(
            task="tickets",
            candidate="r4",
            runs=6,
            again=(
                Recurring(case="88", failed=5, runs=6),
                Recurring(case="90", failed=1, runs=6),
            ),
            new=("402",),
            mended=("test-500", "test-501"),
        ),
    )


def _traded(number: int) -> TradeoffRow:
    gain = 48.0 + 9 * number
    return TradeoffRow(
        candidate=CANDIDATES[number],
        seeds=None,
        size=(1_840_000, 3_680_000, 269_000_000)[number],
        target=gain,
        general=-0.4 - 2.1 * number,
        met=(True, False, None)[number],
        pareto=True,
        best=number == 0,
        smaller=None if number == 0 else CANDIDATES[number - 1],
        marginal=None if number == 0 else 9.0,
        pays=None if number == 0 else True,
        measures=(
            TradeoffMeasure(
                task="tickets", metric="accuracy", role="target", unit="points", gain=gain
            ),
            TradeoffMeasure(
                task="mmlu", metric="accuracy", role="general", unit="points", gain=-0.4
            ),
        ),
    )
