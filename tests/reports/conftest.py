"""Hand-made records: small, complete, and the same on every machine."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import pytest

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.failures import FailureRow
from pytest_ftevals.core.record import (
    ComparisonRow,
    Record,
    Sample,
    TaskRow,
    TestRow,
    ThresholdRow,
    VariantRow,
)
from pytest_ftevals.core.threshold import Decide, Evidence, Quantity, Word


class Build:
    """Rows with sensible values where a test does not care."""

    def threshold(  # one argument a field that tests vary
        self,
        text: str,
        *,
        test: str = "evalsuites/test_tickets.py::test_routes_tickets",
        holds: bool = True,
        evidence: Evidence = "proven",
        n_used: int = 500,
        kind: Quantity = "value",
        decide: Decide = "point",
        p_holm: float | None = None,
        notes: tuple[str, ...] = (),
    ) -> ThresholdRow:
        """Return a threshold row."""
        return ThresholdRow(
            text=text,
            kind=kind,
            op=">=",
            bound=0.8,
            observed=0.526,
            holds=holds,
            evidence=evidence,
            decide=decide,
            verdict=_verdict(decide, evidence, holds=holds),
            n_used=n_used,
            p=None if p_holm is None else p_holm / 2,
            p_holm=p_holm,
            notes=notes,
            test=test,
        )

    def row(
        self,
        task: str,
        metric: str,
        *thresholds: ThresholdRow,
        candidate: str = "trec",
        slice: str | None = None,  # noqa: A002 - the field's name
        n: int = 500,
        base: float = 0.0,
        value: float = 0.526,
        reference: str = "base",
        total: int | None = None,
    ) -> ComparisonRow:
        """Return a row of rates whose interval reaches 4.5 points below and 4.4 above."""
        delta = (value - base) * 100
        moved = round(n * (value - base))
        return ComparisonRow(
            task=task,
            metric=metric,
            slice=slice,
            candidate=candidate,
            reference=reference,
            n=n,
            total=total,
            base=base,
            value=value,
            delta=delta,
            interval=(delta - 4.5, delta + 4.4),
            level=0.95,
            method="newcombe",
            detectable=5.6,
            unit="points",
            higher_is_better=True,
            wins=max(moved, 0) + 9,
            losses=max(-moved, 0) + 9,
            ties=n - abs(moved) - 18,
            thresholds=thresholds,
        )

    def perplexity(self, *thresholds: ThresholdRow, candidate: str = "trec") -> ComparisonRow:
        """Return a row in its metric's own unit, lower is better, without per-case scores."""
        return ComparisonRow(
            task="wikitext",
            metric="perplexity",
            slice=None,
            candidate=candidate,
            reference="base",
            n=62,
            total=None,
            base=24.317,
            value=25.02,
            delta=0.703,
            interval=(0.41, 1.022),
            level=0.95,
            method="bootstrap",
            detectable=0.38,
            unit="own",
            higher_is_better=False,
            wins=0,
            losses=0,
            ties=0,
            thresholds=thresholds,
        )

    def variant(
        self,
        name: str,
        source: str,
        kind: Literal["base", "adapter", "full"] = "adapter",
        *,
        rank: int = 8,
        shares_base: bool | None = True,
    ) -> VariantRow:
        """Return a base, a LoRA adapter or a full model."""
        return VariantRow(
            name=name,
            kind=kind,
            source=source,
            revision="12fd25f77366fa6b3b4b768ec3050bf629380bac" if kind == "base" else None,
            fingerprint="ab" * 32,
            dtype="float32",
            size=269_060_552 if kind != "adapter" else 230_000 * rank,
            adapter={"peft_type": "LORA", "r": rank, "target_modules": ["v_proj", "q_proj"]}
            if kind == "adapter"
            else None,
            shares_base=None if kind == "base" else shares_base,
        )

    def task(self, name: str, n: int, *metrics: str, samples: int = 1) -> TaskRow:
        """Return a generate task."""
        return TaskRow(
            name=name,
            kind="generate",
            about=f"About {name}.",
            source=f"evalsuites/{name}.task.yaml",
            data=f"{name}.jsonl",
            data_hash="cd" * 32,
            template_hash="ef" * 32,
            n=n,
            decode={"max_new_tokens": 48, "temperature": 0.0, "stop": ["\n\n"]},
            samples=samples,
            metrics=metrics,
            slices=("language",),
            confusion={"labels": ["LOC", "HUM"], "counts": {"base": [[1, 0, 2], [0, 3, 0]]}},
        )

    def sample(  # one argument a field that tests vary
        self,
        case: str,
        variant: str,
        response: str,
        *labels: str,
        expected: JSON = "LOC",
        choices: tuple[Mapping[str, JSON], ...] | None = None,
        choice: int | None = None,
        error: str | None = None,
        sample: int = 0,
    ) -> Sample:
        """Return a sample of the task tickets."""
        return Sample(
            task="tickets",
            case=case,
            variant=variant,
            sample=sample,
            slices={"language": "de"},
            prompt=[{"role": "user", "content": "Wo liegt Köln?"}],
            expected=expected,
            response=response,
            turns=None,
            choices=choices,
            choice=choice,
            finish="error" if error else "stop",
            scores={"accuracy": None if error else float(not labels)},
            passed=None if error else not labels,
            labels=labels,
            error=error,
        )

    def run(self, *notes: str) -> dict[str, JSON]:
        """Return the run's facts."""
        return {
            "command": "pytest evalsuites/",
            "started": "2025-05-06T07:08:09+00:00",
            "duration_s": 12.345,
            "versions": {"torch": "2.8.0", "pytest-ftevals": "0.1.0"},
            "hardware": {"cpu": "x86_64", "threads": 2},
            "options": {"ftevals_base": "HuggingFaceTB/SmolLM2-135M-Instruct"},
            "numerics": {
                "device": "cpu",
                "dtype": "float32",
                "attention": "sdpa",
                "quantization": None,
            },
            "self_check": {
                "tolerance": 1e-4,
                "variants": {
                    "base": {"cases": 3, "largest": 6.7e-06, "held": True},
                    "trec": {"cases": 2, "largest": 2.9e-06, "held": True},
                },
                "close_calls": ["tickets 88 trec"],
            },
            "plan": {
                "tests": 4,
                "variants": 2,
                "requests": 1240,
                "unique": 812,
                "stored": 640,
                "computed": 172,
                "seconds": 12.3,
            },
            "confidence": 0.95,
            "notes": list(notes),
        }

    def passing(self) -> Record:
        """Return a run of one candidate whose every test passed."""
        kept = "evalsuites/test_kept.py::test_general_ability_is_kept[mmlu]"
        routed = "evalsuites/test_tickets.py::test_routes_tickets"
        drop = self.threshold("drop <= 3", test=kept, kind="drop", n_used=1000)
        return Record(
            run=self.run(),
            variants=(
                self.variant("base", "HuggingFaceTB/SmolLM2-135M-Instruct", "base"),
                self.variant("trec", "adapters/trec"),
            ),
            tasks=(self.task("mmlu", 1000, "accuracy"), self.task("tickets", 500, "accuracy")),
            comparisons=(
                self.row("mmlu", "accuracy", drop, n=1000, base=0.302, value=0.298),
                self.row(
                    "tickets",
                    "accuracy",
                    self.threshold("accuracy >= 0.50", evidence="not proven"),
                    self.threshold("gain > 0", kind="gain"),
                ),
                self.row("tickets", "json_valid", base=0.912, value=1.0),
            ),
            tests=(
                TestRow(nodeid=kept, outcome="passed", states_threshold=True),
                TestRow(nodeid=routed, outcome="passed", states_threshold=True),
            ),
        )

    def failing(self) -> Record:
        """Return a run of one candidate with everything that can go wrong in it."""
        tests = "evalsuites/test_tickets.py"
        german = f"{tests}::test_german"
        either = f"{tests}::test_either"
        elsewhere = f"{tests}::test_elsewhere"
        false = self.threshold("accuracy >= 0.80", holds=False, evidence="refuted", n_used=498)
        slices = (
            self.row(
                "tickets",
                "f1_macro",
                self.threshold(
                    "f1_macro >= 0.70",
                    test=german,
                    holds=False,
                    evidence="not proven",
                    n_used=120,
                ),
                slice="language=de",
                n=120,
                base=0.01,
                value=0.655,
            ),
            self.row("tickets", "f1_macro", slice="language=en", n=378, base=0.0, value=0.71),
        )
        record = self.passing()
        json_valid = self.row(
            "tickets",
            "json_valid",
            self.threshold(
                "json_valid >= 0.99", test=either, holds=False, evidence="refuted", n_used=498
            ),
            self.threshold("json_valid >= 0.80", test=elsewhere, n_used=200),
            base=0.912,
            value=0.926,
        )
        gain = self.threshold("gain > 0", kind="gain", n_used=498)
        accuracy = self.row("tickets", "accuracy", false, gain)
        left_out = ("17", "204")
        return replace(
            record,
            run=self.run("bfloat16: 3 answers differed between batch compositions"),
            variants=(record.variants[0], self.variant("trec", "adapters/trec", shares_base=False)),
            comparisons=(
                record.comparisons[0],
                replace(accuracy, n=498, excluded=left_out),
                replace(json_valid, n=498, excluded=left_out),
                self.perplexity(),
                *slices,
            ),
            tests=(
                record.tests[0],
                TestRow(
                    nodeid=f"{tests}::test_routes_tickets",
                    outcome="failed",
                    states_threshold=True,
                    message="assert 52.6 >= 0.80",
                ),
                TestRow(nodeid=german, outcome="failed", states_threshold=True),
                TestRow(nodeid=either, outcome="passed", states_threshold=True),
                TestRow(
                    nodeid=elsewhere,
                    outcome="failed",
                    states_threshold=True,
                    message="KeyError: 'queue'",
                ),
                TestRow(nodeid=f"{tests}::test_reply[1]", outcome="passed", states_threshold=False),
                TestRow(nodeid=f"{tests}::test_reply[2]", outcome="failed", states_threshold=False),
                TestRow(nodeid=f"{tests}::test_late", outcome="not run", states_threshold=False),
                TestRow(
                    nodeid=f"{tests}::test_broken",
                    outcome="error",
                    states_threshold=False,
                    message="fixture 'judge' not found",
                ),
            ),
            failures=(
                FailureRow(
                    task="tickets",
                    candidate="trec",
                    n=498,
                    failed=237,
                    labels={"wrong format": 1, "wrong answer": 236},
                    regressions=2,
                    worst=("88", "402", "7", "9"),
                ),
            ),
        )

    def samples(self) -> tuple[Sample, ...]:
        """Return what the worst cases of `failing` were answered, hostile text among it."""
        wrong = "wrong answer"
        long = "Der Ort liegt am Rhein, und zwar in Nordrhein-Westfalen.\n\nWeitere Fragen? " * 3
        choices: tuple[Mapping[str, JSON], ...] = (
            {"text": " A", "logprob": -1.5, "tokens": 1},
            {"text": " B", "logprob": -0.5, "tokens": 1},
        )
        return (
            self.sample("88", "base", "LOC"),
            self.sample("88", "trec", "HUM\x1b[2J\u202e", wrong, "regression from base"),
            self.sample("402", "base", long, wrong),
            self.sample("402", "trec", "東京都は日本の首都です。" * 9, "wrong format"),
            self.sample("7", "trec", "", wrong, expected=0, choices=choices, choice=1),
        )

    def two_candidates(self) -> Record:
        """Return a failing run with a second candidate, which is a full model and passes."""
        record = self.failing()
        second = "r16"
        test = "evalsuites/test_tickets.py::test_routes_tickets[r16]"
        rows = (
            self.row(
                "mmlu",
                "accuracy",
                self.threshold("drop <= 3", test=test, n_used=1000, kind="drop"),
                candidate=second,
                n=1000,
                base=0.302,
                value=0.311,
            ),
            self.row(
                "tickets",
                "accuracy",
                self.threshold("accuracy >= 0.80", test=test),
                candidate=second,
                value=0.874,
            ),
            self.perplexity(candidate=second),
        )
        return replace(
            record,
            variants=(*record.variants, self.variant(second, "/mnt/out/merged/r16", "full")),
            comparisons=record.comparisons + rows,
            tests=(*record.tests, TestRow(nodeid=test, outcome="passed", states_threshold=True)),
            failures=(
                *record.failures,
                FailureRow(
                    task="tickets",
                    candidate=second,
                    n=500,
                    failed=1,
                    labels={"too verbose": 1},
                    regressions=0,
                    worst=("3",),
                ),
            ),
        )


def _verdict(decide: Decide, evidence: Evidence, *, holds: bool) -> Word:
    if decide == "point":
        return "pass" if holds else "fail"
    words: Mapping[Evidence, Word] = {"proven": "pass", "refuted": "fail"}
    return words.get(evidence, "inconclusive")


@pytest.fixture
def build() -> Build:
    """Return the builder of records."""
    return Build()
