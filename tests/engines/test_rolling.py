"""Texts of any length: the windows of lm-evaluation-harness, each token scored once."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.request import Request
from pytest_ftevals.engines.settings import EngineSettings
from pytest_ftevals.planning.batches import batches

TEXT = (
    "the quick brown fox jumps over the lazy dog while the capital of France sleeps (1, 2, 3)\n"
    "town Belgium not yes no maybe so question answer"
)
BOS = 0
ROLLING = "pytest_ftevals.engines.transformers.rolling"


def text_of(words: int, seed: int = 0) -> str:
    """Return words in a drawn order."""
    draw = random.Random(seed)  # noqa: S311 - a fixed order, no secret
    return " ".join(draw.choice(TEXT.split(" ")) for _ in range(words))


TEXTS = (text_of(400), text_of(3, 1), "yes", text_of(180, 2), text_of(179, 2), text_of(60, 3))


def roll(text: str) -> Request:
    """Make a request for a whole text."""
    return Request(kind="loglikelihood_rolling", prompt="", continuations=(text,))


def harness(ids: list[int], size: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield (context, scored) by the rule, token by token: a full window, then the next one."""
    scored: list[int] = []
    for place, token in enumerate(ids):
        scored.append(token)
        if len(scored) == size or place == len(ids) - 1:
            # All that fits before what is scored, less the last, which is not read.
            before = [BOS, *ids[: place + 1 - len(scored)]]
            yield before[-(size + 1 - len(scored)) :], scored
            scored = []


@pytest.fixture(scope="session")
def naive_sum() -> Callable[..., float]:
    """Score a text window by window, each alone, all logits in float64."""

    def total(folder: Path, ids: list[int], size: int) -> float:
        import torch
        from transformers import AutoModelForCausalLM

        model: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)
        found = 0.0
        for context, scored in harness(ids, size):
            row = context + scored
            assert len(row) - 1 <= size
            with torch.inference_mode():
                logits = model(torch.tensor([row[:-1]])).logits[0].double()
            table = torch.log_softmax(logits, dim=-1)
            found += sum(
                float(table[place - 1, row[place]]) for place in range(len(context), len(row))
            )
        return found

    return total


@pytest.mark.parametrize("tokens", [7, 64, 2048])
@pytest.mark.parametrize("architecture", ["llama", "gpt2", "gemma2", "mamba"])
def test_a_text_is_scored_as_the_naive_way_scores_it(
    architecture: str,
    tokens: int,
    make_model: Any,
    request: pytest.FixtureRequest,
    open_engine: Any,
    naive_sum: Callable[..., float],
    batched: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Shorter and longer than the window and a pass, packed or not, whatever the batches are."""
    from transformers import AutoTokenizer

    monkeypatch.setattr(f"{ROLLING}._TOKENS", tokens)
    if architecture in ("llama", "gpt2"):
        folder: Path = request.getfixturevalue(architecture)
    else:
        folder = make_model(architecture, bos=False)
    size = 100
    engine = open_engine(folder, EngineSettings(device="cpu", window=size))
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    encoded = engine.encode([roll(text) for text in TEXTS])
    assert max(len(one.sequences) for one in encoded) > 4
    for budget in (1, 10**6):
        found = batched(engine, "base", encoded, budget)
        for text in TEXTS:
            ids = tokenizer(text)["input_ids"]
            (choice,) = found[roll(text)].choices
            assert (choice.text, choice.tokens, choice.greedy) == ("", len(ids), None)
            off = abs(choice.logprob - naive_sum(folder, ids, size))
            assert off <= 1e-5 * len(ids), text


@pytest.fixture(scope="session")
def batched() -> Callable[..., dict[Request, Any]]:
    """Answer by the planner's batches of a budget, from the last to the first."""

    def answers(engine: Any, variant: str, encoded: Any, budget: int) -> dict[Request, Any]:
        return {
            one.request: response
            for batch in [*batches(encoded, budget)][::-1]
            for one, response in zip(batch.requests, engine.answer(variant, batch), strict=True)
        }

    return answers


def test_each_token_is_scored_once_after_what_fits(llama: Path, open_engine: Any) -> None:
    """A window begins with the last token of the one before; the last one reaches back."""
    engine = open_engine(llama, EngineSettings(device="cpu", window=50))
    (one,) = engine.encode([roll(text_of(120))])
    ids = engine._opened()[0].tokenizer(text_of(120))["input_ids"]
    expected = [*harness(ids, 50)]
    assert [*map(list, one.sequences)] == [[*context, *scored] for context, scored in expected]
    assert [*one.scored] == [len(scored) for _, scored in expected]
    assert [len(context) for context, _ in expected[:-1]] == [1] * (len(expected) - 1)
    assert len(expected[-1][0]) == 51 - len(expected[-1][1]) > 1
    assert all(len(row) <= 50 for row in one.inputs)


def test_special_tokens_are_the_harness_own(llama: Path, gpt2: Path, open_engine: Any) -> None:
    """A BOS that the tokenizer adds is scored after the first one, one that is there is not."""
    with_bos, without = open_engine(llama), open_engine(gpt2)
    (adds,) = with_bos.encode([roll("yes no")])
    (brings,) = with_bos.encode([roll("<s>yes no")])
    (plain,) = without.encode([roll("yes no")])
    assert adds.sequences[0][:2] == (BOS, BOS)
    assert brings.sequences == adds.sequences
    assert plain.sequences[0] == adds.sequences[0][1:]
    assert plain.sequences[0][0] == BOS


def test_the_window_is_the_least_that_is_known(
    make_model: Any, llama: Path, open_engine: Any, copied: Any, edit_json: Any
) -> None:
    """Of the base and of the run; else the tokenizer's; else the harness's 2,048."""

    def size(folder: Path, window: int | None = None) -> int:
        engine = open_engine(folder, EngineSettings(device="cpu", window=window))
        (one,) = engine.encode([roll(text_of(2000))])
        return len(one.inputs[0])

    assert size(llama) == 256
    assert size(llama, 300) == 256
    assert size(llama, 40) == 40
    unlimited = make_model("mamba", bos=False, max_position_embeddings=None)
    assert size(unlimited) == 2048
    limited = copied(unlimited)
    edit_json(limited / "tokenizer_config.json", model_max_length=77)
    assert size(limited) == 77


def test_windows_that_a_candidate_cannot_read_are_refused(
    llama: Path, open_engine: Any, lora: Path
) -> None:
    """All variants are asked in the same token ids, or not at all."""
    engine = open_engine(llama, tuned=lora)
    (long,) = engine.encode([roll(text_of(400))])
    engine._opened()[0].network("tuned").inner.config.max_position_embeddings = 100
    (found,) = engine.answer("tuned", next(batches([long], 10**6)))
    assert "context window is 100" in (found.error or "")


def test_no_text_has_no_likelihood(gpt2: Path, open_engine: Any) -> None:
    """It is refused, not scored as certain."""
    (found,) = open_engine(gpt2).encode([roll("")])
    assert found.error == "the text has no tokens"


def test_passes_keep_within_their_bounds(
    llama: Path, open_engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long document is read in parts, by tokens or by what its logits take."""
    from pytest_ftevals.engines.transformers.network import Network

    packed, read = Network.packed, []

    def noted(self: Network, work: Any, kept: Any) -> Any:
        read.append(len(work.ids))
        return packed(self, work, kept)

    engine = open_engine(llama)
    encoded = engine.encode([roll(text_of(1500)), roll("yes")])
    (batch,) = batches(encoded, 10**6)
    engine.answer("base", batch)
    monkeypatch.setattr(Network, "packed", noted)
    network = engine._opened()[0].network("base")
    for name, bound in (("_TOKENS", 60), ("_LOGITS", 60 * 4 * network.rows)):
        with monkeypatch.context() as changed:
            changed.setattr(f"{ROLLING}.{name}", bound)
            engine.answer("base", batch)
        assert max(read) == 60
        assert sum(read) == sum(len(row) for one in encoded for row in one.inputs)
        read.clear()


def test_plain_passes_in_slices_are_the_same(
    llama: Path, open_engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a window's logits would take too much, it is read again for the rest of them."""
    engine = open_engine(llama)
    engine.avoid_shortcuts("base")
    (batch,) = batches(engine.encode([roll(text_of(200))]), 10**6)
    (whole,) = engine.answer("base", batch)
    rows = engine._opened()[0].network("base").rows
    monkeypatch.setattr(f"{ROLLING}._PLAIN_LOGITS", 60 * 4 * rows)
    (sliced,) = engine.answer("base", batch)
    assert sliced.choices[0].logprob == pytest.approx(whole.choices[0].logprob, abs=1e-3)
    assert sliced.choices[0].tokens == whole.choices[0].tokens


@pytest.mark.parametrize("architecture", ["llama", "mamba"])
def test_a_check_tells_a_wrong_sum(architecture: str, make_model: Any, open_engine: Any) -> None:
    """By the root of how many tokens it was summed over."""
    engine = open_engine(make_model(architecture, bos=False))
    (one,) = engine.encode([roll(text_of(400))])
    (response,) = engine.answer("base", next(batches([one], 10**6)))
    assert engine.check("base", one, response) < 1e-5
    (choice,) = response.choices
    wrong = replace(choice, logprob=choice.logprob - 1)
    off = engine.check("base", one, replace(response, choices=(wrong,)))
    assert off == pytest.approx(choice.tokens**-0.5, rel=0.01)


def test_texts_are_batched_within_the_budget(llama: Path, open_engine: Any) -> None:
    """One over it is alone; the others share."""
    engine = open_engine(llama)
    encoded = engine.encode([roll(text) for text in TEXTS])
    found = [*batches(encoded, 400)]
    assert sorted(one.request.continuations[0] for each in found for one in each.requests) == (
        sorted(TEXTS)
    )
    assert len(found) < len(TEXTS)
    for batch in found:
        assert batch.tokens <= 400 or len(batch.requests) == 1
    assert any(batch.tokens > 400 for batch in found)
