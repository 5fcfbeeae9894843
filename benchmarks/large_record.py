"""A record as large as reports must bear: 20,000 cases, a base and two candidates, made up."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from benchmarks import large_samples
from benchmarks.large_samples import QUEUES, REGRESSION, VARIANTS
from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.failures import FailureLogRow, FailureRow, Pattern, PatternRow, Recurring
from pytest_ftevals.core.record import (
    ComparisonRow,
    Record,
    Sample,
    TaskRow,
    TestRow,
    ThresholdRow,
    TradeoffMeasure,
    TradeoffRow,
    VariantRow,
)

_TEST = "evalsuites/test_large.py::test_"


@dataclass(frozen=True, slots=True)
class Large:
    """A record and its samples."""

    record: Record
    samples: Sequence[Sample]


def make(cases: int) -> Large:
    """Return a record of so many cases."""
    samples = list(large_samples.samples(cases))
    return Large(_record(samples, large_samples.sizes(cases)), samples)


def _record(samples: Sequence[Sample], sizes: dict[str, int]) -> Record:
    by_task = {name: [one for one in samples if one.task == name] for name in sizes}
    failures = [
        _failures(own, name, candidate)
        for name, own in by_task.items()
        for candidate in VARIANTS[1:]
    ]
    return Record(
        run={
            "command": "pytest evalsuites/",
            "started": "2025-05-06T07:08:09+00:00",
            "duration_s": 5025.0,
            "versions": {"torch": "2.9.0", "transformers": "5.0.0", "peft": "0.19.0"},
            "hardware": {"processors": 8},
            "plan": {"tests": 4, "requests": len(samples), "unique": len(samples)},
            "confidence": 0.95,
            "notes": [],
        },
        variants=tuple(map(_variant, VARIANTS)),
        tasks=tuple(_task(name, count) for name, count in sizes.items()),
        comparisons=tuple(
            row
            for own in by_task.values()
            for candidate in VARIANTS[1:]
            for row in _comparisons(own, candidate)
        ),
        tests=tuple(
            TestRow(
                nodeid=f"{_TEST}{name}[{candidate}]",
                outcome="failed" if name == "tickets" else "passed",
                states_threshold=True,
                line=7,
            )
            for name in sizes
            for candidate in VARIANTS[1:]
        ),
        failures=tuple(failures),
        patterns=tuple(map(_patterns, failures)),
        failure_log=tuple(map(_log, failures)),
        tradeoff=tuple(_traded(samples)),
    )


def _variant(name: str) -> VariantRow:
    base = name == VARIANTS[0]
    return VariantRow(
        name=name,
        kind="base" if base else "adapter",
        source="ORG/MODEL" if base else f"out/{name}",
        revision="12fd25f77366fa6b3b4b768ec3050bf629380bac" if base else None,
        fingerprint="ab" * 32,
        dtype="float32",
        size=269_060_552 if base else 1_840_000,
        adapter=None if base else {"peft_type": "LORA", "r": 8, "target_modules": ["q_proj"]},
        shares_base=None if base else True,
    )


def _task(name: str, count: int) -> TaskRow:
    choice = name == "quiz"
    table: JSON = [[count // 40] * (len(QUEUES) + 1) for _ in QUEUES]
    return TaskRow(
        name=name,
        kind="choice" if choice else "generate",
        about=f"Made-up {name}.",
        source=f"evalsuites/{name}.task.yaml",
        data=f"{name}.jsonl",
        data_hash="cd" * 32,
        template_hash="ef" * 32,
        n=count,
        decode=None if choice else {"max_new_tokens": 128, "temperature": 0.0},
        samples=1,
        metrics=("accuracy",) if choice else ("accuracy", "json_valid"),
        slices=("subject",) if choice else ("language", "queue"),
        confusion=None
        if choice
        else {"labels": list(QUEUES), "counts": dict.fromkeys(VARIANTS, table)},
    )


def _comparisons(samples: Sequence[Sample], candidate: str) -> Iterator[ComparisonRow]:
    """Yield a row of the whole task, then one of each slice."""
    by_case: dict[str, dict[str, Sample]] = {}
    for one in samples:
        by_case.setdefault(one.case, {})[one.variant] = one
    groups: dict[str | None, list[tuple[bool, bool]]] = {None: []}
    for both in by_case.values():
        pair = both[VARIANTS[0]].passed is True, both[candidate].passed is True
        groups[None].append(pair)
        for column, value in both[candidate].slices.items():
            groups.setdefault(f"{column}={value}", []).append(pair)
    for name, pairs in groups.items():
        yield _comparison(samples[0].task, candidate, name, pairs)


def _comparison(
    task: str, candidate: str, name: str | None, pairs: Sequence[tuple[bool, bool]]
) -> ComparisonRow:
    base, value = (fmean(pair[side] for pair in pairs) for side in (0, 1))
    delta = 100 * (value - base)
    counts = Counter(pairs)
    wins, losses = counts[False, True], counts[True, False]
    return ComparisonRow(
        task=task,
        metric="accuracy",
        slice=name,
        candidate=candidate,
        reference=VARIANTS[0],
        n=len(pairs),
        total=None,
        base=base,
        value=value,
        delta=delta,
        interval=(delta - 1.5, delta + 1.5),
        level=0.95,
        method="tango",
        detectable=2.0,
        unit="points",
        higher_is_better=True,
        wins=wins,
        losses=losses,
        ties=len(pairs) - wins - losses,
        thresholds=() if name else (_threshold(task, candidate, value, len(pairs)),),
    )


def _threshold(task: str, candidate: str, value: float, n: int) -> ThresholdRow:
    bound = 0.9 if task == "tickets" else 0.5
    holds = value >= bound
    return ThresholdRow(
        text=f"accuracy >= {bound}",
        kind="value",
        op=">=",
        bound=bound,
        observed=value,
        holds=holds,
        evidence="proven" if holds else "refuted",
        decide="point",
        verdict="pass" if holds else "fail",
        n_used=n,
        p=None,
        p_holm=None,
        notes=(),
        test=f"{_TEST}{task}[{candidate}]",
    )


def _failures(samples: Sequence[Sample], task: str, candidate: str) -> FailureRow:
    own = [one for one in samples if one.variant == candidate]
    failed = sorted(
        (one for one in own if not one.passed), key=lambda one: REGRESSION not in one.labels
    )
    return FailureRow(
        task=task,
        candidate=candidate,
        n=len(own),
        failed=len(failed),
        labels=Counter(one.labels[0] for one in failed),
        regressions=sum(REGRESSION in one.labels for one in failed),
        worst=tuple(one.case for one in failed[: max(3, len(own) // 10)]),
    )


def _patterns(row: FailureRow) -> PatternRow:
    found = [
        Pattern(
            feature=feature,
            n=400,
            failed=240,
            lift=1.8,
            p=1e-9,
            p_adjusted=1e-7,
            cases=row.worst[:10],
        )
        for feature in ("negation", "words >= 40", "digits")
    ]
    return PatternRow(
        task=row.task,
        candidate=row.candidate,
        among="failures",
        n=row.n,
        failed=row.failed or 0,
        tried=30,
        found=tuple(found),
    )


def _log(row: FailureRow) -> FailureLogRow:
    half = len(row.worst) // 2
    return FailureLogRow(
        task=row.task,
        candidate=row.candidate,
        runs=3,
        again=tuple(Recurring(case=case, failed=2, runs=3) for case in row.worst[:half]),
        new=row.worst[half:],
        mended=(),
    )


def _traded(samples: Sequence[Sample]) -> Iterator[TradeoffRow]:
    shares = {
        (task, name): fmean(
            one.passed is True for one in samples if (one.task, one.variant) == (task, name)
        )
        for task in ("tickets", "quiz")
        for name in VARIANTS
    }
    for name in VARIANTS[1:]:
        target, general = (
            100 * (shares[task, name] - shares[task, VARIANTS[0]]) for task in ("tickets", "quiz")
        )
        yield TradeoffRow(
            candidate=name,
            seeds=None,
            size=1_840_000,
            target=target,
            general=general,
            met=False,
            pareto=True,
            best=False,
            smaller=None,
            marginal=None,
            pays=None,
            measures=(
                TradeoffMeasure(
                    task="tickets", metric="accuracy", role="target", unit="points", gain=target
                ),
                TradeoffMeasure(
                    task="quiz", metric="accuracy", role="general", unit="points", gain=general
                ),
            ),
        )
