"""Prefixes: computed once a variant, taken over by the next, bounded, forgotten."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.encoded import Batch, Encoded, Ids, common
from pytest_ftevals.engines.settings import EngineSettings
from pytest_ftevals.planning.batches import batch_of, batches

STEM = "Question: What is the capital of France?\nAnswer: Paris\n\n"
SECTIONS = (f"{STEM}The quick brown fox jumps over. ", f"{STEM}The town lies in Belgium, not in. ")
BUDGET = 60


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    """Every packed pass from now on: variant, tokens read, and tokens of the past."""
    from pytest_ftevals.engines.transformers.network import Network

    passes: list[tuple[str, int, int]] = []
    packed = Network.packed

    def counting(self: Network, work: Any, kept: Any, *more: Any, **options: Any) -> Any:
        length = 0 if work.past is None else work.past.length
        passes.append((self.variant.name, len(work.ids), length))
        return packed(self, work, kept, *more, **options)

    monkeypatch.setattr(Network, "packed", counting)
    return passes


@pytest.fixture
def encoded(llama: Path, open_engine: Any, rate: Any) -> list[Encoded]:
    """Questions in two sections, whose starts are the same."""
    requests = [
        rate(f"{section}{word} {number}", " A", " B")
        for section in SECTIONS
        for word in ("yes", "no", "maybe", "so")
        for number in range(3)
    ]
    made: list[Encoded] = open_engine(llama).encode(requests)
    return made


def planned(encoded: Sequence[Encoded]) -> list[Batch]:
    """Return several batches a section, each after its section's start."""
    made = list(batches(encoded, BUDGET))
    assert len({batch.segments[0].ids for batch in made if batch.prefix}) >= 2
    return made


def answers(engine: Any, variant: str, plan: Sequence[Batch]) -> list[Any]:
    """Return the log-probabilities of all batches."""
    return [
        choice.logprob
        for batch in plan
        for response in engine.answer(variant, batch)
        for choice in response.choices
    ]


def tried(engine: Any, *variants: str) -> None:
    """Let the engine find out about packed passes, which takes a few of its own."""
    for variant in variants:
        assert engine._shortcuts.taken_by(engine._opened()[0].network(variant))


def test_what_is_held_is_keys_and_values_alone(
    llama: Path, open_engine: Any, encoded: list[Encoded]
) -> None:
    """A graph for gradients would hold every activation of the pass as well."""
    engine = open_engine(llama)
    plan = planned(encoded)
    answers(engine, "base", plan)
    network = engine._opened()[0].network("base")
    past = engine._shortcuts.past(network, plan[-1])
    tensors = [tensor for layer in past.layers.values() for tensor in layer]
    assert len(tensors) == 2 * len(past.layers) > 0
    assert [tensor for tensor in tensors if tensor.requires_grad] == []


def distinct(plan: Sequence[Batch]) -> int:
    """Return the tokens of all prefixes, what one has in common with the one before it once."""
    total = 0
    before: Ids = ()
    for batch in plan:
        if batch.prefix:
            ids = batch.segments[0].ids
            total += len(ids) - common(before, ids)
            before = ids
    return total


def test_a_prefix_is_computed_once_a_variant(
    llama: Path, lora: Path, open_engine: Any, encoded: list[Encoded], read: list[Any]
) -> None:
    """Then every batch reads its own tokens only; what the next prefix shares is taken over."""
    engine = open_engine(llama, tuned=lora)
    plan = planned(encoded)
    tried(engine, "base", "tuned")
    for variant in ("base", "tuned"):
        read.clear()
        answers(engine, variant, plan)
        assert {name for name, _, _ in read} == {variant}
        assert sum(tokens for _, tokens, _ in read) == distinct(plan) + sum(
            batch.tokens for batch in plan
        )
    read.clear()
    answers(engine, "base", plan[-1:])  # held since its turn
    assert [tokens for _, tokens, _ in read] == [plan[-1].tokens]


def test_prefixes_change_nothing(llama: Path, open_engine: Any, encoded: list[Encoded]) -> None:
    """In any order of batches, whatever was held before."""
    engine = open_engine(llama)
    plan = planned(encoded)
    found = answers(engine, "base", plan)
    backwards = [answers(engine, "base", [batch]) for batch in plan[::-1]][::-1]
    assert found == pytest.approx([one for part in backwards for one in part], abs=1e-5)
    apart = answers(engine, "base", [batch_of(batch.requests) for batch in plan])
    assert found == pytest.approx(apart, abs=1e-5)


@pytest.mark.parametrize("architecture", ["llama", "gemma2"])
def test_long_prefixes_are_computed_in_chunks(
    architecture: str,
    make_model: Any,
    open_engine: Any,
    encoded: list[Encoded],
    read: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each after the one before it, to the same numbers, windows shorter than a chunk or longer."""
    engine = open_engine(make_model(architecture))
    plan = planned(encoded)
    whole = answers(engine, "base", plan)
    engine.release("base")
    monkeypatch.setattr("pytest_ftevals.engines.transformers.prefixes._CHUNK", 7)
    read.clear()
    assert answers(engine, "base", plan) == pytest.approx(whole, abs=1e-5)
    prefix = next(batch.prefix for batch in plan if batch.prefix)
    assert [past for _, tokens, past in read if tokens == 7][: prefix // 7] == [
        *range(0, prefix - 6, 7)
    ]


def test_memory_for_prefixes_is_bounded(
    llama: Path, lora: Path, open_engine: Any, encoded: list[Encoded], read: list[Any]
) -> None:
    """One that does not fit is computed along with each batch; one a variant, the oldest goes."""
    plan = planned(encoded)
    most = max(batch.prefix for batch in plan)
    token = 2 * 2 * 2 * 8 * 4  # keys and values, layers, heads, width, float32
    results = {}
    for name, limit in {
        "none": 0,
        "short": most * token - 1,
        "one": most * token,
        "all": None,
    }.items():
        engine = open_engine(llama, EngineSettings(device="cpu", prefix_memory=limit), tuned=lora)
        tried(engine, "base", "tuned")
        read.clear()
        results[name] = [
            answers(engine, variant, plan[-1:]) for variant in ("base", "tuned", "base")
        ]
        last = plan[-1]
        whole, after = last.tokens + last.prefix, last.tokens
        assert [tokens for _, tokens, _ in read] == {
            "none": [whole] * 3,
            "short": [whole] * 3,
            "one": [last.prefix, after] * 3,
            "all": [last.prefix, after] * 2 + [after],
        }[name]
        held = engine._shortcuts._prefixes._held.values()
        assert (
            sum(one.size for one in held)
            == token
            * last.prefix
            * {
                "none": 0,
                "short": 0,
                "one": 1,
                "all": 2,
            }[name]
        )
    for found in results.values():
        for values, expected in zip(found, results["all"], strict=True):
            assert values == pytest.approx(expected, abs=1e-5)


def test_what_is_released_or_attached_anew_is_forgotten(
    llama: Path, lora: Path, open_engine: Any, encoded: list[Encoded], read: list[Any]
) -> None:
    """Its keys and values are of other weights by then, or of none."""
    from pytest_ftevals.engines.models import locate

    engine = open_engine(llama, tuned=lora)
    last = planned(encoded)[-1:]
    before = {variant: answers(engine, variant, last) for variant in ("base", "tuned")}
    for change in ("release", "attach"):
        if change == "release":
            engine.release("base")
        else:
            engine.attach(locate(str(lora), name="again", role="candidate"))
        variant = "base" if change == "release" else "again"
        tried(engine, variant)
        read.clear()
        found = answers(engine, variant, last)
        assert [tokens for _, tokens, _ in read] == [last[0].prefix, last[0].tokens]
        assert found == before["base" if change == "release" else "tuned"]


def test_avoided_shortcuts_are_avoided(
    llama: Path, lora: Path, open_engine: Any, encoded: list[Encoded], read: list[Any]
) -> None:
    """By that variant, from then on; the others go on as before."""
    engine = open_engine(llama, tuned=lora)
    plan = planned(encoded)
    before = answers(engine, "base", plan)
    tuned = answers(engine, "tuned", plan)
    engine.avoid_shortcuts("base")
    assert engine._shortcuts._prefixes._held.keys() == {"tuned"}
    read.clear()
    assert answers(engine, "base", plan) == pytest.approx(before, abs=1e-5)
    assert read == []
    assert answers(engine, "tuned", plan) == pytest.approx(tuned, abs=1e-5)
    assert read
