"""Log-likelihoods of continuations: one pass over a batch, the output head where it counts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

import torch
from torch import Tensor

from pytest_ftevals.core.encoded import Batch, Encoded, Ids
from pytest_ftevals.core.response import Choice, Response, failed
from pytest_ftevals.engines.transformers.network import Network
from pytest_ftevals.engines.transformers.packed import PackedPass, Past

_CHUNK = 2**25
"""Logits that log_softmax widens to float32 at once: 128 MB."""


@dataclass(frozen=True, slots=True)
class Target:
    """A token whose probability is asked for."""

    row: int
    """Which of the logits' rows predicts it."""
    token: int


@torch.inference_mode()
def score_packed(network: Network, batch: Batch, past: Past | None) -> list[Response]:
    """Return the log-likelihoods of every request's continuations, in order, from one packed pass.

    `past`: keys and values of the batch's prefix; None to compute it along with the rest. The
    model must be in `packed.cascade_attention`. Raises FtevalsError on a NaN.
    """
    skipped = 0 if past is None else 1
    work = PackedPass(segments=batch.segments[skipped:], past=past)
    places = [
        _places(batch, work, end, len(row), scored, skipped)
        for encoded, ends in zip(batch.requests, batch.ends, strict=True)
        for row, end, scored in zip(encoded.inputs, ends, encoded.scored, strict=True)
    ]
    kept = sorted({place for row in places for place in row})
    logits = network.packed(work, kept)
    rows = {place: number for number, place in enumerate(kept)}
    return _responses(network, batch.requests, logits, [[rows[at] for at in row] for row in places])


@torch.inference_mode()
def score_rows(network: Network, requests: Sequence[Encoded]) -> list[Response]:
    """Return the same from rows padded on the right, each from its start: for any causal model.

    Raises FtevalsError on a NaN.
    """
    numbers: dict[Ids, int] = {}
    needed: dict[Ids, int] = {}
    for encoded in requests:
        for row, scored in zip(encoded.inputs, encoded.scored, strict=True):
            numbers.setdefault(row, len(numbers))
            needed[row] = max(scored, needed.get(row, 0))
    width = max(map(len, numbers))
    ids = torch.zeros((len(numbers), width), dtype=torch.long)
    keep = torch.zeros((len(numbers), width), dtype=torch.bool)
    ends: dict[Ids, int] = {}
    total = 0
    for row, number in numbers.items():
        ids[number, : len(row)] = torch.tensor(row)
        keep[number, len(row) - needed[row] : len(row)] = True
        total += needed[row]
        ends[row] = total
    logits = network.logits(ids.to(network.device), keep.to(network.device))
    places = [
        list(range(ends[row] - scored, ends[row]))
        for encoded in requests
        for row, scored in zip(encoded.inputs, encoded.scored, strict=True)
    ]
    return _responses(network, requests, logits, places)


def _places(
    batch: Batch, work: PackedPass, end: int, length: int, scored: int, skipped: int
) -> list[int]:
    """Return where in the packed row the last `scored` tokens of a row lie, in their order."""
    found: list[int] = []
    position = length - 1
    while len(found) < scored:
        segment = batch.segments[end]
        if position < segment.start:
            end = segment.parent
            continue
        found.append(work.offsets[end - skipped] + position - segment.start)
        position -= 1
    return found[::-1]


def _responses(
    network: Network,
    requests: Sequence[Encoded],
    logits: Tensor,
    places: Sequence[Sequence[int]],
) -> list[Response]:
    """Return responses from the logits [kept, vocabulary].

    `places`: per continuation of all requests, the row of `logits` that predicts each of its
    scored tokens.
    """
    continuations = [
        (encoded, sequence, scored)
        for encoded in requests
        for sequence, scored in zip(encoded.sequences, encoded.scored, strict=True)
    ]
    targets = [
        Target(row, token)
        for (_, sequence, scored), rows in zip(continuations, places, strict=True)
        for row, token in zip(rows, sequence[-scored:], strict=True)
    ]
    logprobs = logprobs_of(logits, targets)
    network.check_numbers(logprobs)
    sizes = [scored for _, _, scored in continuations]
    asked = any(encoded.request.greedy for encoded in requests)
    greedy = _greedy(logits, targets, sizes) if asked else repeat(None)
    found = zip(_summed(logprobs.tolist(), sizes), greedy, strict=False)
    return [_response(encoded, found) for encoded in requests]


def logprobs_of(logits: Tensor, targets: Sequence[Target]) -> Tensor:
    """Return the log-probability of each target, float64 on the host."""
    rows = torch.tensor([one.row for one in targets], device=logits.device)
    tokens = torch.tensor([one.token for one in targets], device=logits.device)
    found = torch.empty(len(targets), dtype=torch.float64)
    step = max(1, _CHUNK // logits.shape[-1])
    for start in range(0, len(logits), step):
        normalised = torch.log_softmax(logits[start : start + step].float(), dim=-1)
        here = (rows >= start) & (rows < start + step)
        found[here.cpu()] = normalised[rows[here] - start, tokens[here]].cpu().double()
    return found


def _greedy(logits: Tensor, targets: Sequence[Target], sizes: Iterable[int]) -> Iterator[bool]:
    """Yield for runs of `sizes` whether each target is the likeliest token where it stands."""
    likeliest = logits.argmax(dim=-1).tolist()
    start = 0
    for size in sizes:
        yield all(likeliest[one.row] == one.token for one in targets[start : start + size])
        start += size


def _summed(logprobs: Sequence[float], sizes: Iterable[int]) -> Iterator[float]:
    """Yield the sums of runs of `sizes`."""
    start = 0
    for size in sizes:
        yield sum(logprobs[start : start + size])
        start += size


def _response(encoded: Encoded, found: Iterator[tuple[float, bool | None]]) -> Response:
    request = encoded.request
    # In this order: the request's own continuations end before another one is taken.
    scored = zip(request.continuations, encoded.scored, found, strict=False)
    choices = tuple(
        Choice(text=text, logprob=logprob, tokens=tokens, greedy=greedy if request.greedy else None)
        for text, tokens, (logprob, greedy) in scored
    )
    impossible = [choice.text for choice in choices if choice.logprob == float("-inf")]
    if impossible:
        return failed(f"the model gives continuation {impossible[0]!r} probability zero")
    return Response(
        choices=choices,
        prompt_tokens=len(encoded.sequences[0]) - encoded.scored[0],
        new_tokens=sum(encoded.scored),
    )
