"""Batched generation against transformers' own, and against itself in other batches."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.request import Request

Ask = Callable[..., Request]
ARCHITECTURES = ("llama", "qwen2", "gpt2")
PROMPTS = (
    "The quick brown fox",
    "Question: What is the capital of France?\nAnswer:",
    "yes",
    "The town lies in Belgium, not in France. The quick brown fox jumps over",
)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_greedy_batch_equals_single_generate(
    architecture: str, request: pytest.FixtureRequest, open_engine: Any, ask: Ask, answer: Any
) -> None:
    """One by one, with transformers' own generate."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder: Path = request.getfixturevalue(architecture)
    engine = open_engine(folder)
    encoded = engine.encode([ask(prompt, max_new_tokens=20) for prompt in PROMPTS])
    responses = answer(engine, "base", encoded)
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    for item, response in zip(encoded, responses, strict=True):
        ids = torch.tensor([item.prompt_ids])
        expected = model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=20
        )[0, len(item.prompt_ids) :]
        assert response.text == tokenizer.decode(expected, skip_special_tokens=True)
        assert response.new_tokens == len(expected)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_batches_and_order_do_not_change_replies(
    llama: Path, open_engine: Any, ask: Ask, temperature: float, answer: Any
) -> None:
    """Together, apart or backwards, greedy or sampled."""
    engine = open_engine(llama)
    encoded = engine.encode(
        [ask(prompt, temperature=temperature, seed=3, top_p=0.95) for prompt in PROMPTS]
    )
    together = answer(engine, "base", encoded)
    apart = [answer(engine, "base", [item])[0] for item in encoded]
    backwards = answer(engine, "base", encoded[::-1])[::-1]
    assert together == apart == backwards


def test_seed_and_prompt_make_the_sample(
    llama: Path, open_engine: Any, ask: Ask, answer: Any
) -> None:
    """The same seed repeats a reply, others differ."""
    engine = open_engine(llama)

    def reply(seed: int) -> str:
        encoded = engine.encode([ask("The", temperature=1.5, seed=seed)])
        text: str = answer(engine, "base", encoded)[0].text
        return text

    assert reply(1) == reply(1)
    assert len({reply(seed) for seed in range(5)}) > 1


def test_temperature_near_zero_and_top_k_one_are_greedy(
    llama: Path, open_engine: Any, ask: Ask, answer: Any
) -> None:
    """Two limits of sampling."""
    engine = open_engine(llama)
    replies = [
        answer(engine, "base", engine.encode([ask(PROMPTS[0], **decode)]))[0].text
        for decode in ({}, {"temperature": 1e-4}, {"temperature": 1.0, "top_k": 1})
    ]
    assert replies[0] == replies[1] == replies[2]


def test_sampling_follows_the_distribution() -> None:
    """4,000 draws, with and without top-k and top-p."""
    import random

    import torch

    from pytest_ftevals.core.request import Decode
    from pytest_ftevals.engines.transformers.sampling import pick

    shares = torch.tensor([0.5, 0.3, 0.15, 0.05])
    logits = shares.log().repeat(4000, 1)
    streams = [random.Random(seed) for seed in range(4000)]  # noqa: S311 - a seeded sample

    def frequencies(**settings: Any) -> list[float]:
        tokens = pick(logits, Decode(temperature=1.0, **settings), streams)
        return [tokens.count(token) / len(tokens) for token in range(4)]

    assert frequencies() == pytest.approx(shares.tolist(), abs=0.03)
    assert frequencies(top_k=2) == pytest.approx([0.625, 0.375, 0, 0], abs=0.03)
    assert frequencies(top_p=0.7) == pytest.approx([0.625, 0.375, 0, 0], abs=0.03)
    assert frequencies(top_p=0.5) == [1, 0, 0, 0]


@pytest.mark.parametrize("draw", [0.0, 1.0 - 2**-53])
def test_impossible_tokens_are_never_drawn(draw: float) -> None:
    """Not even by the least and the greatest number that a stream can give."""
    import random

    import torch

    from pytest_ftevals.core.request import Decode
    from pytest_ftevals.engines.transformers.sampling import pick

    class Fixed(random.Random):
        def random(self) -> float:
            return draw

    logits = torch.tensor([[-torch.inf, 0.0, -torch.inf, 0.0, -torch.inf]])
    assert pick(logits, Decode(temperature=1.0), [Fixed()]) == [1 if draw == 0 else 3]


def test_end_token_stops_and_is_not_in_the_text(
    llama: Path, open_engine: Any, ask: Ask, copied: Any, edit_json: Any, answer: Any
) -> None:
    """Any of generation_config's end tokens."""
    engine = open_engine(llama)
    (free,) = answer(engine, "base", engine.encode([ask(PROMPTS[0], max_new_tokens=8)]))
    assert free.finish == "length"
    assert free.new_tokens == 8
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(llama)
    third = tokenizer(free.text, add_special_tokens=False)["input_ids"]
    folder = copied(llama)
    edit_json(folder / "generation_config.json", eos_token_id=[1, *third])
    engine = open_engine(folder)
    (stopped,) = answer(engine, "base", engine.encode([ask(PROMPTS[0], max_new_tokens=8)]))
    assert stopped.finish == "stop"
    assert stopped.new_tokens < 8
    assert free.text.startswith(stopped.text)


def test_generation_config_does_not_leak(
    llama: Path, open_engine: Any, ask: Ask, copied: Any, edit_json: Any, answer: Any
) -> None:
    """Sampling flags, penalties and lengths of the model count for nothing."""
    folder = copied(llama)
    edit_json(
        folder / "generation_config.json",
        do_sample=True,
        temperature=2.0,
        top_k=3,
        repetition_penalty=5.0,
        max_length=4,
        no_repeat_ngram_size=2,
    )
    requests = [ask(prompt) for prompt in PROMPTS]
    plain, odd = open_engine(llama), open_engine(folder)
    assert answer(plain, "base", plain.encode(requests)) == answer(
        odd, "base", odd.encode(requests)
    )


def test_stop_string_cuts_the_text_and_ends_the_row(
    llama: Path, open_engine: Any, ask: Ask, answer: Any
) -> None:
    """The text ends before it, the row at it."""
    engine = open_engine(llama)
    free = answer(engine, "base", engine.encode([ask(prompt) for prompt in PROMPTS]))
    stop = free[0].text[4:6]
    cut = answer(engine, "base", engine.encode([ask(prompt, stop=(stop,)) for prompt in PROMPTS]))
    assert cut[0].finish == "stop"
    assert cut[0].new_tokens < free[0].new_tokens
    for before, after in zip(free, cut, strict=True):
        assert after.text == before.text.split(stop)[0]
        assert (after.finish == "stop") == (stop in before.text)


def voice(folder: Path, *stop: str) -> tuple[Any, Any]:
    """Return what ends replies with these stop strings, and the tokenizer."""
    from transformers import AutoTokenizer

    from pytest_ftevals.core.request import Decode
    from pytest_ftevals.engines.transformers.generate import Voice

    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    return Voice(tokenizer, Decode(stop=stop), frozenset({1})), tokenizer


def test_special_token_as_stop_string_ends_the_reply(llama: Path) -> None:
    """Special tokens never show in the text, so their id must be looked for."""
    ending, tokenizer = voice(llama, "<|end|>")
    ids = tokenizer("yes<|end|>", add_special_tokens=False)["input_ids"]
    assert [ending.ends(ids[:length]) for length in range(1, len(ids) + 1)] == [
        *[False] * (len(ids) - 1),
        True,
    ]


def test_search_that_starts_inside_a_character_finds_nothing(llama: Path) -> None:
    """The last tokens alone may read otherwise than at the end of the whole reply."""
    ending, tokenizer = voice(llama, "\ufffd")
    ids = tokenizer("é" * 12, add_special_tokens=False)["input_ids"]
    assert not any(ending.ends(ids[:length]) for length in range(2, len(ids) + 1, 2))


def test_every_way_to_step_generates_the_same(
    llama: Path, open_engine: Any, ask: Ask, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packed; from rows with a cache; from whole rows, as where there is no cache to pass on."""
    from pytest_ftevals.engines.transformers.network import Network

    engine = open_engine(llama)
    encoded = engine.encode([ask(prompt) for prompt in PROMPTS])
    packed = answer(engine, "base", encoded)
    engine.avoid_shortcuts("base")
    assert answer(engine, "base", encoded) == packed
    takes = Network.takes
    monkeypatch.setattr(
        Network, "takes", lambda self, name: name != "past_key_values" and takes(self, name)
    )
    assert answer(engine, "base", encoded) == packed


@pytest.mark.parametrize("architecture", ["gemma2", "mamba", "falcon_h1"])
def test_rows_that_end_leave_the_others_alone(
    architecture: str, make_model: Callable[..., Path], open_engine: Any, ask: Ask, answer: Any
) -> None:
    """Sliding windows, states without a cache, and layers that have a cache and a state."""
    engine = open_engine(make_model(architecture, bos=False))
    encoded = engine.encode([ask(prompt, stop=("e", "1", "t")) for prompt in PROMPTS])
    together = answer(engine, "base", encoded)
    assert together == [answer(engine, "base", [item])[0] for item in encoded]
    assert len({response.new_tokens for response in together}) > 1
