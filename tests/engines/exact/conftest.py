"""The naive way: one row at a time, whole, through the plain model; and what is asked both ways."""

import random
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.encoded import Encoded, Ids
from pytest_ftevals.core.request import Request
from pytest_ftevals.core.response import Response
from pytest_ftevals.planning.batches import batches

FLOAT32 = 1e-5
"""Nats a token, which two orders of summation may differ by in a tiny model."""
SYSTEM = "<|system|>The town lies in Belgium, not in France.<|end|>\n"
SHOTS = "Question: What is the capital of France?\nAnswer: Paris\n\n" * 2
QUESTION = f"{SHOTS}Question: The quick brown fox jumps over\nAnswer:"
RATED = (
    (QUESTION, (" A", " B", " C", " D")),
    (QUESTION, (" A", " the lazy dog, while the capital sleeps", " the lazy")),
    (f"{SHOTS}Question: yes or no?\nAnswer:", (" yes", " no", " maybe so")),
    (f"{SHOTS}Question:", (" What is", " The quick brown fox jumps over")),
    (f"{SYSTEM}yes", (" no A",)),
    (f"{SYSTEM}yes no", (" A", " B")),
    (SYSTEM, ("The", "Question")),
    ("x ", ("yes", "no")),
    (f"{SYSTEM}{QUESTION}", (" A", " (1, 2, 3)")),
)
ASKED = (QUESTION, SHOTS, f"{SHOTS}Question: yes", SYSTEM, f"{SYSTEM}yes", f"{SYSTEM}no A", "x")


class Naive:
    """What transformers and peft make of the files, untouched by the engine."""

    def __init__(self) -> None:
        """Load each model once."""
        self.model = cache(_plain_model)

    def logprob(self, model: Any, sequence: Ids, scored: int) -> float:
        """Return the log-likelihood of the last ids, from the logits of the whole row."""
        import torch

        with torch.inference_mode():
            ids = torch.tensor([sequence])
            logits = model(ids, attention_mask=torch.ones_like(ids)).logits[0].float()
        table = torch.log_softmax(logits[-len(sequence) :], dim=-1).double()
        places = range(len(sequence) - scored, len(sequence))
        return sum(float(table[place - 1, sequence[place]]) for place in places)

    def greedy(self, model: Any, prompt: Ids, new: int) -> Ids:
        """Return what repeated whole passes generate, up to and without an end token."""
        import torch

        ids = prompt
        with torch.inference_mode():
            while len(ids) < len(prompt) + new:
                row = torch.tensor([ids])
                token = int(model(row, attention_mask=torch.ones_like(row)).logits[0, -1].argmax())
                if token == 1:
                    break
                ids += (token,)
        return ids[len(prompt) :]

    def compare(
        self,
        found: Mapping[Request, Response],
        encoded: Sequence[Encoded],
        base: Path,
        adapter: Path | None = None,
    ) -> None:
        """Assert that every request is answered as the naive way answers it."""
        from transformers import AutoTokenizer

        tokenizer: Any = AutoTokenizer.from_pretrained(base)
        model = self.model(base, adapter, "float32")
        assert set(found) == {one.request for one in encoded}
        for one in encoded:
            response = found[one.request]
            assert response.error is None
            if one.request.kind == "generate":
                ids = self.greedy(model, one.prompt_ids, one.new_tokens)
                assert response.text == tokenizer.decode(ids, skip_special_tokens=True)
            for choice, sequence, scored in zip(
                response.choices, one.sequences, one.scored, strict=True
            ):
                off = abs(choice.logprob - self.logprob(model, sequence, scored))
                assert off <= FLOAT32 * scored, one.request


def _plain_model(base: Path, adapter: Path | None, dtype: str) -> Any:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=getattr(torch, dtype))
        if adapter is not None:
            model = PeftModel.from_pretrained(model, str(adapter)).to(model.dtype)
    return model.eval()


@pytest.fixture(scope="session")
def naive() -> Naive:
    """The naive way."""
    return Naive()


@pytest.fixture(scope="session")
def model_of(make_model: Any) -> Callable[..., Path]:
    """Make each tiny model once: architecture, without a BOS, and configuration."""
    made: dict[str, Path] = {}

    def make(architecture: str, **changes: Any) -> Path:
        key = repr((architecture, changes))
        if key not in made:
            made[key] = make_model(architecture, bos=architecture == "llama", **changes)
        return made[key]

    return make


@pytest.fixture
def prompts() -> tuple[str, ...]:
    """Prompts that share starts, and are starts of each other."""
    return ASKED


@pytest.fixture
def requests(ask: Any, rate: Any) -> list[Request]:
    """Deeply shared requests of both kinds, shuffled."""
    made = [rate(prompt, *continuations) for prompt, continuations in RATED]
    made += [ask(prompt) for prompt in ASKED]
    random.Random(5).shuffle(made)  # noqa: S311 - a fixed order, no secret
    return made


@pytest.fixture(scope="session")
def batched() -> Callable[..., dict[Request, Response]]:
    """Answer by the planner's batches of a budget: engine, variant, requests."""

    def answers(
        engine: Any, variant: str, encoded: Sequence[Encoded], budget: int
    ) -> dict[Request, Response]:
        return {
            one.request: response
            for batch in batches(encoded, budget)
            for one, response in zip(batch.requests, engine.answer(variant, batch), strict=True)
        }

    return answers


@pytest.fixture(scope="session")
def is_packed() -> Callable[..., bool]:
    """Tell whether an engine takes packed passes for a variant."""

    def taken(engine: Any, variant: str) -> bool:
        return bool(engine._shortcuts.taken_by(engine._opened()[0].network(variant)))

    return taken
