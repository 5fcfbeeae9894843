"""Replies: greedy or sampled, ended by an end token, a stop string or the token limit.

Decoding follows the request alone: of the model's generation_config.json only the end tokens
count, never its sampling flags, penalties or lengths.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from transformers import PreTrainedTokenizerBase

from pytest_ftevals.core.encoded import Encoded
from pytest_ftevals.core.request import Decode
from pytest_ftevals.core.response import Response
from pytest_ftevals.engines.transformers.decoding import mixes_lengths, stepper
from pytest_ftevals.engines.transformers.network import Network
from pytest_ftevals.engines.transformers.sampling import pick, stream

_TAIL = 8
"""Tokens beyond a stop string's own that its search looks back over."""


@dataclass(slots=True)
class _Reply:
    """A reply while it grows."""

    prompt: tuple[int, ...]
    draws: random.Random
    ids: list[int] = field(default_factory=list)
    ended: bool = False
    """Whether an end token or a stop string came."""


@torch.inference_mode()
def generate(
    network: Network,
    tokenizer: PreTrainedTokenizerBase,
    batch: Sequence[Encoded],
    end_tokens: frozenset[int],
) -> list[Response]:
    """Return the replies to one batch of requests with one `Decode`, in order.

    `new_tokens` counts what was generated, the end token included. Raises FtevalsError on a NaN.
    """
    decode = batch[0].request.decode or Decode()
    voice = _Voice(tokenizer, decode, end_tokens)
    replies = [_Reply(encoded.prompt_ids, stream(encoded.request)) for encoded in batch]
    groups: dict[int, list[_Reply]] = defaultdict(list)
    for reply in replies:
        groups[0 if mixes_lengths(network) else len(reply.prompt)].append(reply)
    for group in groups.values():
        _grow(network, group, decode, voice)
    return [voice.response(reply) for reply in replies]


def _grow(network: Network, replies: list[_Reply], decode: Decode, voice: "_Voice") -> None:
    """Extend every reply to its end; rows that ended leave the batch."""
    steps = stepper(network, [reply.prompt for reply in replies])
    logits = steps.start()
    living = replies
    for number in range(1, decode.max_new_tokens + 1):
        network.check_numbers(logits)
        tokens = pick(logits, decode, [reply.draws for reply in living])
        for reply, token in zip(living, tokens, strict=True):
            reply.ids.append(token)
            reply.ended = voice.ends(reply.ids)
        going = [index for index, reply in enumerate(living) if not reply.ended]
        if not going or number == decode.max_new_tokens:
            return
        if len(going) < len(living):
            steps.keep(going)
            living = [living[index] for index in going]
        logits = steps.step([reply.ids[-1] for reply in living])


class _Voice:
    """Token ids to text, and where a reply ends."""

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, decode: Decode, end_tokens: frozenset[int]
    ) -> None:
        special = tokenizer.added_tokens_encoder
        self._tokenizer = tokenizer
        # A stop string that is a special token never shows in the text; its id ends the reply.
        self._end_tokens = end_tokens | {special[stop] for stop in decode.stop if stop in special}
        self._stops = tuple(filter(None, decode.stop))
        self._tail = max((len(stop.encode()) for stop in decode.stop), default=0) + _TAIL

    def ends(self, ids: list[int]) -> bool:
        """Whether a reply is over after its last id.

        The search looks at the last tokens first, since decoding all of a long reply at every step
        costs more than the model does; a stop string that this overlooks only makes the reply run
        on, and is cut off at the end all the same.
        """
        if ids[-1] in self._end_tokens:
            return True
        if not self._stops or not self._stopped(self._text(ids[-self._tail :])):
            return False
        return self._stopped(self._text(ids))

    def response(self, reply: _Reply) -> Response:
        """Return the finished reply, cut before the first stop string."""
        has_end = bool(reply.ids) and reply.ids[-1] in self._end_tokens
        text = self._text(reply.ids[:-1] if has_end else reply.ids)
        cuts = [at for at in map(text.find, self._stops) if at >= 0]
        return Response(
            text=text[: min(cuts)] if cuts else text,
            finish="stop" if has_end or cuts else "length",
            prompt_tokens=len(reply.prompt),
            new_tokens=len(reply.ids),
        )

    def _stopped(self, text: str) -> bool:
        return any(stop in text for stop in self._stops)

    def _text(self, ids: list[int]) -> str:
        # No cleaning up of spaces: it would change what the model wrote (code, above all).
        return str(
            self._tokenizer.decode(
                ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )
