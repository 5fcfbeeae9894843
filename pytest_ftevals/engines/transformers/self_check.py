"""How far an answer of the fast path is off what the plain path gives: whole rows, one by one."""

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from pytest_ftevals.core.encoded import Encoded
from pytest_ftevals.core.request import Decode
from pytest_ftevals.core.response import Response
from pytest_ftevals.engines.transformers.decoding import stepper
from pytest_ftevals.engines.transformers.generate import Voice
from pytest_ftevals.engines.transformers.loglikelihood import score_rows
from pytest_ftevals.engines.transformers.network import Network

_FIRST_TOKENS = 8
"""Of a reply: each costs a pass over the whole row."""


def choices_off(network: Network, encoded: Encoded, response: Response) -> float:
    """Return the largest difference of a continuation's log-probability, in nats."""
    (plain,) = score_rows(network, [encoded])
    if plain.error is not None:
        return float("inf")
    return max(
        abs(ours.logprob - theirs.logprob)
        for ours, theirs in zip(response.choices, plain.choices, strict=True)
    )


@torch.inference_mode()
def reply_off(
    network: Network,
    tokenizer: PreTrainedTokenizerBase,
    encoded: Encoded,
    response: Response,
    end_tokens: frozenset[int],
) -> float:
    """Return by how much, in nats, the model prefers its own token where a greedy reply parts.

    0 where the reply goes as the plain path goes, over its first tokens.
    """
    decode = encoded.request.decode or Decode()
    voice = Voice(tokenizer, decode, end_tokens)
    steps = stepper(network, [encoded.prompt_ids], cached=False)
    ids: list[int] = []
    for number in range(min(_FIRST_TOKENS, decode.max_new_tokens)):
        logits = steps.step(ids[-1:]) if number else steps.start()
        ids.append(int(logits[0].argmax()))
        over = voice.ends(ids) or len(ids) == decode.max_new_tokens
        if not _agrees(voice.text(ids), response.text, over=over):
            return _lead(logits[0])
        if over:
            break
    return 0.0


def _agrees(plain: str, reply: str, *, over: bool) -> bool:
    """Return whether a reply begins with (or, when `over`, is) what the plain path says."""
    if over:
        return plain == reply
    # The last character may lack bytes that the next token brings.
    return reply.startswith(plain.rstrip("\ufffd"))


def _lead(logits: Tensor) -> float:
    first, second = torch.log_softmax(logits.float(), dim=-1).topk(2).values.tolist()
    return float(first - second)
