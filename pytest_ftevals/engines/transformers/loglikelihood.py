"""Log-likelihoods of continuations: one pass over right-padded rows, the head where it counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from pytest_ftevals.core.encoded import Encoded
from pytest_ftevals.core.response import Choice, Response, failed
from pytest_ftevals.engines.transformers.network import Network

_CHUNK = 2**25
"""Logits that log_softmax widens to float32 at once: 128 MB."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a batch, and the continuations that are read off it.

    Continuations that differ in their last token only (`` A``, `` B``) share one row, since a last
    token is predicted but never read.
    """

    ids: tuple[int, ...]
    wanted: list[tuple[int, int]] = field(default_factory=list)
    """(index of the request, index of its continuation)."""


@torch.inference_mode()
def score(network: Network, batch: Sequence[Encoded]) -> list[Response]:
    """Return the log-likelihoods of every request's continuations, in order.

    log_softmax in float32, sums in float64. Raises FtevalsError on a NaN.
    """
    rows: dict[tuple[int, ...], _Row] = {}
    for request, encoded in enumerate(batch):
        for index, sequence in enumerate(encoded.sequences):
            row = rows.setdefault(sequence[:-1], _Row(sequence[:-1]))
            row.wanted.append((request, index))
    sums = _score_rows(network, list(rows.values()), batch)
    return [_response(encoded, request, sums) for request, encoded in enumerate(batch)]


def _score_rows(
    network: Network, rows: Sequence[_Row], batch: Sequence[Encoded]
) -> dict[tuple[int, int], float]:
    """Run the rows and return {(request, continuation): sum of log-probabilities}."""
    width = max(len(row.ids) for row in rows)
    kept = [max(batch[request].scored[index] for request, index in row.wanted) for row in rows]
    ids = torch.zeros((len(rows), width), dtype=torch.long)
    keep = torch.zeros((len(rows), width), dtype=torch.bool)
    for number, row in enumerate(rows):
        length = len(row.ids)
        ids[number, :length] = torch.tensor(row.ids)
        keep[number, length - kept[number] : length] = True
    logits = network.logits(ids.to(network.device), keep.to(network.device))

    positions: list[int] = []
    targets: list[int] = []
    spans: list[tuple[int, int, int]] = []
    end = 0
    for row, size in zip(rows, kept, strict=True):
        end += size
        for request, index in row.wanted:
            scored = batch[request].scored[index]
            positions += range(end - scored, end)
            targets += batch[request].sequences[index][-scored:]
            spans.append((request, index, scored))
    logprobs = _logprobs(logits, positions, targets)
    network.check_numbers(logprobs)
    return dict(_summed(logprobs.tolist(), spans))


def _logprobs(logits: Tensor, positions: Sequence[int], targets: Sequence[int]) -> Tensor:
    """Return the log-probability of each target at its position, float64 on the host."""
    step = max(1, _CHUNK // logits.shape[-1])
    parts: list[Tensor] = []
    for start in range(0, len(positions), step):
        where = torch.tensor(positions[start : start + step], device=logits.device)
        what = torch.tensor(targets[start : start + step], device=logits.device)
        normalised = torch.log_softmax(logits[where].float(), dim=-1)
        parts.append(normalised.gather(-1, what.unsqueeze(-1)).squeeze(-1).cpu().double())
    return torch.cat(parts)


def _summed(
    logprobs: Sequence[float], spans: Iterable[tuple[int, int, int]]
) -> Iterable[tuple[tuple[int, int], float]]:
    start = 0
    for request, index, scored in spans:
        yield (request, index), sum(logprobs[start : start + scored])
        start += scored


def _response(encoded: Encoded, request: int, sums: dict[tuple[int, int], float]) -> Response:
    texts = encoded.request.continuations
    choices = tuple(
        Choice(text=text, logprob=sums[request, index], tokens=encoded.scored[index])
        for index, text in enumerate(texts)
    )
    impossible = [choice.text for choice in choices if choice.logprob == float("-inf")]
    if impossible:
        return failed(f"the model gives continuation {impossible[0]!r} probability zero")
    return Response(
        choices=choices,
        prompt_tokens=len(encoded.sequences[0]) - encoded.scored[0],
        new_tokens=sum(encoded.scored),
    )
