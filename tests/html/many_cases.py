"""Records with as many cases as a test wants: two tasks, a base and two candidates."""

import random
from collections.abc import Iterator

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.failures import FailureRow
from pytest_ftevals.core.record import ComparisonRow, Record, Sample, TaskRow, VariantRow

WORDS = (
    *("the", "patient", "ticket", "queue", "refund", "answer", "model", "train", "river", "north"),
    *("seven", "blue", "because", "not", "every", "over", "under", "before", "payment", "invoice"),
    *("delivery", "late", "wrong", "order", "customer", "please", "check", "account", "Straße"),
)
LABELS = ("wrong answer", "wrong format", "too verbose", "incomplete answer")
CANDIDATES = ("r8", "r16")
LANGUAGES = ("de", "en", "fr", "el")


def many(cases: int, *, seed: int = 7, shots: int = 12) -> tuple[Record, list[Sample]]:
    """Return a record and its samples: half the cases few-shot texts, half chats.

    Prompts have 2 to 5 kB at 12 `shots` and begin alike, as few-shot prompts do.
    """
    tasks = {name: list(_samples(name, cases // 2, seed, shots)) for name in ("plain", "chat")}
    both = [(task, one) for task in tasks for one in CANDIDATES]
    record = Record(
        variants=tuple(map(_variant, ("base", *CANDIDATES))),
        tasks=tuple(_task(name, cases // 2) for name in tasks),
        comparisons=tuple(_row(task, one, cases // 2) for task, one in both),
        failures=tuple(_failures(task, one, tasks[task]) for task, one in both),
    )
    return record, [one for own in tasks.values() for one in own]


def _samples(task: str, cases: int, seed: int, shots: int) -> Iterator[Sample]:
    drawn = random.Random(f"{seed} {task}")  # noqa: S311 - no secret

    def text(words: int) -> str:
        return " ".join(drawn.choices(WORDS, k=words))

    examples = "".join(f"Q: {text(20)}?\nA: {text(8)}.\n\n" for _ in range(shots))
    for number in range(1, cases + 1):
        question, right = text(drawn.randint(10, 300)), text(drawn.randint(1, 40))
        prompt: JSON = f"{examples}Q: {question}?\nA:"
        if task == "chat":
            system: JSON = {"role": "system", "content": examples}
            prompt = [system, {"role": "user", "content": question}]
        before = drawn.choice([False, True])
        for variant in ("base", *CANDIDATES):
            good = before if variant == "base" else drawn.choice([False, True, True])
            labels: tuple[str, ...] = () if good else (drawn.choice(LABELS),)
            if variant != "base" and before and not good:
                labels += ("regression from base",)
            yield Sample(
                task=task,
                case=str(number),
                variant=variant,
                sample=0,
                slices={"language": LANGUAGES[number % len(LANGUAGES)]},
                prompt=prompt,
                expected=right,
                response=right if good else f"{text(3)} {right} {text(9)}",
                turns=None,
                choices=None,
                choice=None,
                finish="stop",
                scores={"accuracy": float(good), "f1": drawn.random()},
                passed=good,
                labels=labels,
                error=None,
            )


def _failures(task: str, candidate: str, samples: list[Sample]) -> FailureRow:
    failed = [one for one in samples if one.variant == candidate and not one.passed]
    labels = {label: sum(one.labels[0] == label for one in failed) for label in LABELS}
    return FailureRow(
        task=task,
        candidate=candidate,
        n=len(samples) // 3,
        failed=len(failed),
        labels=labels,
        regressions=sum(len(one.labels) > 1 for one in failed),
        worst=tuple(one.case for one in failed[: len(samples) // 30]),
    )


def _row(task: str, candidate: str, n: int) -> ComparisonRow:
    return ComparisonRow(
        task=task,
        metric="accuracy",
        slice=None,
        candidate=candidate,
        reference="base",
        n=n,
        total=None,
        base=0.5,
        value=0.6,
        delta=10.0,
        interval=(5.0, 15.0),
        level=0.95,
        method="tango",
        detectable=5.0,
        unit="points",
        higher_is_better=True,
        wins=0,
        losses=0,
        ties=n,
    )


def _task(name: str, n: int) -> TaskRow:
    return TaskRow(
        name=name,
        kind="generate",
        about=f"About {name}.",
        source=f"{name}.task.yaml",
        data=f"{name}.jsonl",
        data_hash="cd" * 32,
        template_hash="ef" * 32,
        n=n,
        decode=None,
        samples=1,
        metrics=("accuracy", "f1"),
        slices=("language",),
    )


def _variant(name: str) -> VariantRow:
    return VariantRow(
        name=name,
        kind="base" if name == "base" else "adapter",
        source=name,
        revision=None,
        fingerprint="ab" * 32,
        dtype="float32",
        size=1000,
        adapter=None,
        shares_base=None,
    )
