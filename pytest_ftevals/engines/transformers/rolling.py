"""Log-likelihoods of whole texts, window by window: passes of a bounded size, every id scored.

The logits of a window are what takes memory (8,192 ids of 49,152 words are 1.6 GB in float32), so
that a long window is read in parts, after the keys and values of the parts before it.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pytest_ftevals.core.encoded import Encoded, Ids, Segment
from pytest_ftevals.core.response import Choice, Response, failed
from pytest_ftevals.engines.transformers.loglikelihood import Target, logprobs_of
from pytest_ftevals.engines.transformers.network import Network
from pytest_ftevals.engines.transformers.packed import PackedPass, Past
from pytest_ftevals.engines.transformers.prefixes import appended

_TOKENS = 2048
"""Most tokens of a pass."""
_LOGITS = 2**29
"""Bytes of logits that a packed pass may make: 512 MB."""
_PLAIN_LOGITS = 2**31
"""Bytes of logits that a plain pass may make; what does not fit reads the window again."""


@dataclass(frozen=True, slots=True)
class _Window:
    request: int
    """Whose it is, by number."""
    ids: Ids
    scored: int

    @property
    def read(self) -> Ids:
        """What the model reads: all but the last, which is predicted only."""
        return self.ids[:-1]

    @property
    def first(self) -> int:
        """Which of the ids read is the first to predict one that is scored."""
        return len(self.ids) - 1 - self.scored


@torch.inference_mode()
def roll_packed(network: Network, requests: Sequence[Encoded]) -> list[Response]:
    """Return the log-likelihood of each request's text, in order.

    The model must be in `packed.cascade_attention`. Raises FtevalsError on a NaN.
    """
    size = max(1, min(_TOKENS, _LOGITS // _logits_bytes(network)))
    sums: list[list[float]] = [[] for _ in requests]
    for several in _passes(_windows(requests), size):
        if len(several[0].read) > size:
            (window,) = several
            sums[window.request] += _in_parts(network, window, size)
            continue
        for window, logprobs in zip(several, _together(network, several), strict=True):
            sums[window.request] += logprobs
    return [_response(one, each) for one, each in zip(requests, sums, strict=True)]


@torch.inference_mode()
def roll_rows(network: Network, requests: Sequence[Encoded]) -> list[Response]:
    """Return the same from one window after the other, read from its start: for any causal model.

    Raises FtevalsError on a NaN.
    """
    size = max(1, _PLAIN_LOGITS // _logits_bytes(network))
    sums: list[list[float]] = [[] for _ in requests]
    for window in _windows(requests):
        for start in range(window.first, len(window.read), size):
            stop = min(start + size, len(window.read))
            row = torch.tensor([window.ids[:stop]], device=network.device)
            keep = torch.zeros_like(row, dtype=torch.bool)
            keep[0, start:] = True
            logits = network.logits(row, keep)
            sums[window.request] += _checked(network, logits, window.ids[start + 1 : stop + 1])
    return [_response(one, each) for one, each in zip(requests, sums, strict=True)]


def _windows(requests: Sequence[Encoded]) -> Iterator[_Window]:
    for number, encoded in enumerate(requests):
        for ids, scored in zip(encoded.sequences, encoded.scored, strict=True):
            yield _Window(number, ids, scored)


def _passes(found: Iterable[_Window], size: int) -> Iterator[list[_Window]]:
    """Yield windows that are read together, `size` ids at most; a longer one is alone."""
    several: list[_Window] = []
    total = 0
    for window in found:
        if several and total + len(window.read) > size:
            yield several
            several, total = [], 0
        several.append(window)
        total += len(window.read)
    if several:
        yield several


def _together(network: Network, several: Sequence[_Window]) -> Iterator[list[float]]:
    """Yield the log-probabilities of each window's scored ids, from one pass."""
    segments = [Segment(ids=window.read, parent=-1, start=0) for window in several]
    work = PackedPass(segments=segments)
    kept = [
        offset + place
        for offset, window in zip(work.offsets, several, strict=True)
        for place in range(window.first, len(window.read))
    ]
    targets = [token for window in several for token in window.ids[-window.scored :]]
    logprobs = iter(_checked(network, network.packed(work, kept), targets))
    for window in several:
        yield [next(logprobs) for _ in range(window.scored)]


def _in_parts(network: Network, window: _Window, size: int) -> list[float]:
    """Return the log-probabilities of one window's scored ids, from a pass a part."""
    found: list[float] = []
    past: Past | None = None
    for start in range(0, len(window.read), size):
        part = Segment(ids=window.read[start : start + size], parent=-1, start=start)
        more = part.end < len(window.read)
        work = PackedPass(segments=(part,), past=past, records=more)
        # A pass gives one row of logits or more.
        first = min(max(window.first, start), part.end - 1)
        logits = network.packed(work, list(range(first - start, len(part.ids))))
        if part.end > window.first:
            found += _checked(network, logits, window.ids[first + 1 : part.end + 1])
        if more:
            past = Past(length=part.end, layers=appended(past, work.layers))
    return found


def _checked(network: Network, logits: Tensor, tokens: Sequence[int]) -> list[float]:
    """Return the log-probability of one token a row of `logits`."""
    logprobs = logprobs_of(logits, [Target(row, token) for row, token in enumerate(tokens)])
    network.check_numbers(logprobs)
    found: list[float] = logprobs.tolist()
    return found


def _logits_bytes(network: Network) -> int:
    """Return the bytes of one position's logits."""
    return network.rows * network.inner.dtype.itemsize


def _response(encoded: Encoded, logprobs: Sequence[float]) -> Response:
    total = math.fsum(logprobs)
    if total == float("-inf"):
        return failed("the model gives a token of the text probability zero")
    tokens = sum(encoded.scored)
    return Response(
        choices=(Choice(text="", logprob=total, tokens=tokens),),
        prompt_tokens=len(encoded.sequences[0]) - encoded.scored[0],
        new_tokens=tokens,
    )
