"""The probe: a few fixed rows of tokens whose logits tell whether two models are one.

Comparisons are bit for bit. That is possible because both sides run on the same tensors, shapes
and kernels; anything else than equality means that weights differ.
"""

import random
from collections.abc import Iterable

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from pytest_ftevals.engines.transformers.network import Network, context_window, embeddings

_LENGTH = 32
_TEXT = (
    "Question: What is the capital of France?\nAnswer: Paris.\n\n"
    '{"category": "location", "reply": "The town of Ghent lies in Belgium, not in France."}\n'
    "def add(a, b):\n    return a + b\n"
)


def probe_ids(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> Tensor:
    """Return the probe: [2, 32] ids (fewer columns in a smaller window), random and of a text."""
    weight = embeddings(model)
    length = min(_LENGTH, context_window(model) or _LENGTH)
    draw = random.Random(0)  # noqa: S311 - a fixed sequence, no secret
    any_ids = [draw.randrange(weight.shape[0]) for _ in range(length)]
    text_ids = tokenizer(_TEXT, add_special_tokens=False)["input_ids"][:length] or any_ids[:1]
    text_row = [text_ids[column % len(text_ids)] for column in range(length)]
    return torch.tensor([any_ids, text_row], device=weight.device)


def with_tokens(ids: Tensor, tokens: Iterable[int]) -> Tensor:
    """Return the probe with `tokens` spread over its first row.

    For adapters that train single tokens: their effect shows only where these tokens occur.
    """
    spread = list(tokens)[: ids.shape[1]]
    changed = ids.clone()
    changed[0, : len(spread)] = torch.tensor(spread, device=ids.device)
    return changed


@torch.inference_mode()
def probe_logits(network: Network, ids: Tensor) -> Tensor:
    """Return the variant's logits on the probe, [positions, vocabulary]; raises on a NaN."""
    columns = ids[:, : network.window]
    logits = network.logits(columns, torch.ones_like(columns, dtype=torch.bool))
    network.check_numbers(logits)
    return logits


def same(left: Tensor, right: Tensor) -> bool:
    """Return whether two probes gave the same bits."""
    return left.shape == right.shape and torch.equal(left, right.to(left.device))
