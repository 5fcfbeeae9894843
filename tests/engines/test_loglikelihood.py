"""Batched log-likelihoods against a naive loop over single sequences."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.request import Request

Rate = Callable[..., Request]
ARCHITECTURES = ("llama", "qwen2", "gpt2")

PROMPTS = (
    ("Question: What is the capital of France?\nAnswer:", (" A", " B", " C", " D")),
    ("The quick brown fox", (" jumps over the lazy dog", " sleeps", " is in Paris, not here")),
    ("", ("The capital", "Maybe")),
    ("x ", ("yes", "no")),
    # These two read the same ids but score a different number of them.
    ("yes", (" no A",)),
    ("yes no", (" B",)),
)


def naive(folder: Path, sequence: tuple[int, ...], scored: int) -> float:
    """Return the log-likelihood of the last ids, one sequence at a time, all logits."""
    import torch
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)
    with torch.inference_mode():
        logits = model(torch.tensor([sequence])).logits[0].double()
    table = torch.log_softmax(logits, dim=-1)
    places = range(len(sequence) - scored, len(sequence))
    return sum(float(table[place - 1, sequence[place]]) for place in places)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_batch_equals_naive_loop(
    architecture: str, request: pytest.FixtureRequest, open_engine: Any, rate: Rate, answer: Any
) -> None:
    """To 1e-5 nats, one-token and longer continuations, with and without a prompt."""
    folder: Path = request.getfixturevalue(architecture)
    engine = open_engine(folder)
    encoded = engine.encode([rate(prompt, *continuations) for prompt, continuations in PROMPTS])
    for item, response in zip(encoded, answer(engine, "base", encoded), strict=True):
        for choice, sequence, scored in zip(
            response.choices, item.sequences, item.scored, strict=True
        ):
            assert choice.logprob == pytest.approx(naive(folder, sequence, scored), abs=1e-5)
            assert choice.tokens == scored


def test_batches_do_not_change_values(
    llama: Path, open_engine: Any, rate: Rate, answer: Any
) -> None:
    """Together or apart, in either order."""
    engine = open_engine(llama)
    encoded = engine.encode([rate(prompt, *continuations) for prompt, continuations in PROMPTS])
    together = answer(engine, "base", encoded)
    apart = [answer(engine, "base", [item])[0] for item in reversed(encoded)][::-1]
    for left, right in zip(together, apart, strict=True):
        assert left.choice == right.choice
        assert [choice.logprob for choice in left.choices] == pytest.approx(
            [choice.logprob for choice in right.choices], abs=1e-5
        )


def test_model_without_position_masks_gives_the_same(
    llama: Path, open_engine: Any, rate: Rate, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    """The slow path of older architectures is as exact."""
    requests = [rate(prompt, *continuations) for prompt, continuations in PROMPTS]
    engine = open_engine(llama)
    fast = answer(engine, "base", engine.encode(requests))
    monkeypatch.setattr(
        "pytest_ftevals.engines.transformers.fleet.supports_marks", lambda _model: False
    )
    engine = open_engine(llama)
    slow = answer(engine, "base", engine.encode(requests))
    for left, right in zip(fast, slow, strict=True):
        for one, other in zip(left.choices, right.choices, strict=True):
            assert one.logprob == pytest.approx(other.logprob, abs=1e-5)


def test_one_token_choices_share_one_row(
    llama: Path, open_engine: Any, rate: Rate, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four letters cost one pass over the prompt, packed or not."""
    from pytest_ftevals.engines.transformers.network import Network

    read: list[int] = []
    logits, packed = Network.logits, Network.packed

    def in_rows(self: Network, ids: Any, keep: Any) -> Any:
        read.append(ids.numel())
        return logits(self, ids, keep)

    def in_one_row(self: Network, work: Any, kept: Any) -> Any:
        read.append(len(work.ids))
        return packed(self, work, kept)

    engine = open_engine(llama)
    encoded = engine.encode([rate("Answer:", " A", " B", " C", " D")])
    answer(engine, "base", encoded)  # the architecture is tried out the first time
    monkeypatch.setattr(Network, "logits", in_rows)
    monkeypatch.setattr(Network, "packed", in_one_row)
    answer(engine, "base", encoded)
    engine.avoid_shortcuts("base")
    answer(engine, "base", encoded)
    assert read == [len(encoded[0].sequences[0]) - 1] * 2


def test_counts_tokens(llama: Path, open_engine: Any, rate: Rate, answer: Any) -> None:
    """What was scored and what was only read."""
    engine = open_engine(llama)
    encoded = engine.encode([rate("Answer:", " yes", " no")])
    (response,) = answer(engine, "base", encoded)
    assert response.new_tokens == sum(encoded[0].scored)
    assert response.prompt_tokens == len(encoded[0].sequences[0]) - encoded[0].scored[0]


def test_long_texts_are_normalised_in_chunks(
    llama: Path, open_engine: Any, rate: Rate, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    """The size of a chunk does not matter."""
    engine = open_engine(llama)
    encoded = engine.encode([rate(prompt, *continuations) for prompt, continuations in PROMPTS])
    whole = answer(engine, "base", encoded)
    monkeypatch.setattr("pytest_ftevals.engines.transformers.loglikelihood._CHUNK", 1)
    assert answer(engine, "base", encoded) == whole
