"""How far an answer of the fast path is off what the plain path gives: whole rows, one by one."""

import math

import torch

from pytest_ftevals.core.encoded import Encoded
from pytest_ftevals.core.response import Response
from pytest_ftevals.engines.transformers.loglikelihood import score_rows
from pytest_ftevals.engines.transformers.network import Network
from pytest_ftevals.engines.transformers.rolling import roll_rows

_FIRST_TOKENS = 64
"""Of a reply."""


def choices_off(network: Network, encoded: Encoded, response: Response) -> float:
    """Return the largest difference of a continuation's log-probability, in nats.

    Of a whole text: over the root of its tokens, as the roundings of that many add up.
    """
    rolls = encoded.request.kind == "loglikelihood_rolling"
    (plain,) = (roll_rows if rolls else score_rows)(network, [encoded])
    if plain.error is not None:
        return float("inf")
    if rolls:
        (ours,), (theirs,) = response.choices, plain.choices
        return abs(ours.logprob - theirs.logprob) / math.sqrt(theirs.tokens)
    return max(
        abs(ours.logprob - theirs.logprob)
        for ours, theirs in zip(response.choices, plain.choices, strict=True)
    )


@torch.inference_mode()
def reply_off(network: Network, encoded: Encoded, response: Response) -> float:
    """Return by how much, in nats, the model prefers another token to one of a greedy reply.

    One pass over prompt and reply, up to its 64th token; 0 where each is the likeliest there.
    """
    reply = response.ids[:_FIRST_TOKENS]
    if not reply:
        return 0.0
    row = torch.tensor([[*encoded.prompt_ids, *reply[:-1]]], device=network.device)
    keep = torch.zeros_like(row, dtype=torch.bool)
    keep[0, len(encoded.prompt_ids) - 1 :] = True
    logprobs = torch.log_softmax(network.logits(row, keep).float(), dim=-1)
    said = logprobs.gather(-1, torch.tensor(reply, device=logprobs.device).unsqueeze(-1))
    return float((logprobs.max(dim=-1).values - said.squeeze(-1)).max())
