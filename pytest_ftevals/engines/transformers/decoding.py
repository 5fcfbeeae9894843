"""Step by step through a reply: prefill a batch, then one token a row, dropping finished rows."""

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from pytest_ftevals.engines.transformers.network import Network


class Stepper(Protocol):
    """Knows the rows of a batch and gives the logits of each row's next token."""

    def start(self) -> Tensor:
        """Return [rows, vocabulary] after the prompts."""

    def step(self, tokens: Sequence[int]) -> Tensor:
        """Append one token to each row and return [rows, vocabulary] after it."""

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows only."""


def stepper(network: Network, prompts: Sequence[Sequence[int]]) -> Stepper:
    """Return the way to step that the variant's architecture allows."""
    if network.whole_passes or not network.takes("past_key_values"):
        return _WholePasses(network, prompts)
    return _CachedSteps(network, prompts)


def mixes_lengths(network: Network) -> bool:
    """Whether prompts of different length may share a batch.

    Virtual tokens come before each row's padding, where they would be a row-dependent distance
    away from the prompt; rows of one length have no padding.
    """
    return network.virtual_tokens == 0


class _CachedSteps:
    """With a key-value cache: prompts padded on the left, so that all rows end together."""

    def __init__(self, network: Network, prompts: Sequence[Sequence[int]]) -> None:
        width = max(map(len, prompts))
        rows = [[0] * (width - len(ids)) + list(ids) for ids in prompts]
        lengths = torch.tensor([len(ids) for ids in prompts])
        columns = torch.arange(width).expand(len(prompts), width)
        self._network = network
        self._ids = torch.tensor(rows, device=network.device)
        self._padded = len({len(ids) for ids in prompts}) > 1
        self._mask = (columns >= (width - lengths).unsqueeze(-1)).long().to(network.device)
        self._cache: Any = None

    def start(self) -> Tensor:
        return self._pass(self._network.first, self._ids)

    def step(self, tokens: Sequence[int]) -> Tensor:
        column = torch.tensor(tokens, device=self._ids.device).unsqueeze(-1)
        self._mask = torch.nn.functional.pad(self._mask, (0, 1), value=1)
        return self._pass(self._network.following, column)

    def keep(self, rows: Sequence[int]) -> None:
        chosen = torch.tensor(rows, device=self._mask.device)
        self._mask = self._mask[chosen]
        # Made for beams, and the one selection of rows that every kind of layer implements:
        # batch_select_indices forgets the states of layers with linear attention.
        self._cache.reorder_cache(chosen)

    def _pass(self, module: torch.nn.Module, ids: Tensor) -> Tensor:
        options: dict[str, Any] = {"use_cache": True}
        if self._cache is not None:
            options["past_key_values"] = self._cache
        if self._padded:
            # Without padding there is no mask to build and positions follow from the cache.
            options["attention_mask"] = self._mask
            if self._network.takes("position_ids"):
                positions = (self._mask.cumsum(-1) - 1).clamp(min=0)
                options["position_ids"] = positions[:, -ids.shape[1] :]
        if self._network.takes("logits_to_keep"):
            options["logits_to_keep"] = 1
        output = module(ids, **options)
        self._cache = output.past_key_values
        logits: Tensor = output.logits[:, -1]
        return logits


class _WholePasses:
    """Without a cache: every step runs the whole rows. Slow, right for every causal model."""

    def __init__(self, network: Network, prompts: Sequence[Sequence[int]]) -> None:
        self._network = network
        self._rows = [list(ids) for ids in prompts]

    def start(self) -> Tensor:
        width = max(map(len, self._rows))
        ids = torch.tensor([row + [0] * (width - len(row)) for row in self._rows])
        keep = torch.zeros_like(ids, dtype=torch.bool)
        keep[range(len(self._rows)), [len(row) - 1 for row in self._rows]] = True
        device = self._network.device
        return self._network.logits(ids.to(device), keep.to(device))

    def step(self, tokens: Sequence[int]) -> Tensor:
        for row, token in zip(self._rows, tokens, strict=True):
            row.append(token)
        return self.start()

    def keep(self, rows: Sequence[int]) -> None:
        self._rows = [self._rows[index] for index in rows]
