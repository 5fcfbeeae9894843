"""The next token of each row: the likeliest, or a draw from the row's own stream."""

import random
from collections.abc import Sequence

import torch
from torch import Tensor

from pytest_ftevals.core.request import Decode, Request


def stream(request: Request) -> random.Random:
    """Return the request's own stream of draws.

    Made from the request's content, seed included, so that neither its batch nor its place in it
    changes the reply, and so that base and candidate draw the same numbers.
    """
    return random.Random(int(request.digest()[:16], 16))  # noqa: S311 - sampling, no secret


def pick(logits: Tensor, decode: Decode, streams: Sequence[random.Random]) -> list[int]:
    """Return one token a row from logits [rows, vocabulary]; ties go to the lowest id."""
    if decode.temperature == 0:
        greedy: list[int] = logits.argmax(dim=-1).tolist()
        return greedy
    draws = torch.tensor([draw.random() for draw in streams], dtype=torch.float64)
    scores = _nucleus(_top(logits.float() / decode.temperature, decode.top_k), decode.top_p)
    # Apple's GPUs have no float64; the host does.
    wide = scores.cpu() if scores.device.type == "mps" else scores
    cumulated = torch.softmax(wide.double(), dim=-1).cumsum(dim=-1)
    # A draw lands on a token if it lies in the token's share of the total.
    marks = draws.to(wide.device).unsqueeze(-1) * cumulated[:, -1:]
    picked = torch.searchsorted(cumulated, marks, right=True).squeeze(-1)
    beyond = picked >= cumulated.shape[-1]
    tokens: list[int] = torch.where(beyond, wide.argmax(dim=-1), picked).tolist()
    return tokens


def _top(scores: Tensor, top_k: int) -> Tensor:
    """Rule out all but the `top_k` likeliest tokens; 0 keeps all."""
    if not 0 < top_k < scores.shape[-1]:
        return scores
    least = scores.topk(top_k, dim=-1).values[:, -1:]
    return scores.masked_fill(scores < least, float("-inf"))


def _nucleus(scores: Tensor, top_p: float) -> Tensor:
    """Rule out the tail beyond the likeliest tokens that together reach `top_p`."""
    if top_p >= 1:
        return scores
    ordered, order = scores.sort(dim=-1, descending=True, stable=True)
    shares = torch.softmax(ordered, dim=-1)
    before = shares.cumsum(dim=-1) - shares
    tail = before >= top_p
    tail[:, 0] = False
    return scores.masked_fill(tail.scatter(-1, order, tail), float("-inf"))
