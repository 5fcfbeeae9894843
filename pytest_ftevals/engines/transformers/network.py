"""One variant ready to compute: its forward passes, and what its architecture can do."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.variant import Variant
from pytest_ftevals.engines.transformers.last_layer import only_at
from pytest_ftevals.engines.transformers.packed import Cascade, PackedPass


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A variant's model as the scoring and decoding code sees it."""

    variant: Variant
    first: nn.Module
    """What a pass over a whole sequence goes through; for an adapter, peft's wrapper."""
    inner: PreTrainedModel
    """The model inside it."""
    marks: bool = False
    """Whether the output head can be told the positions to run on, see `supports_marks`."""
    virtual_tokens: int = 0
    """Positions that the adapter takes for itself (prompt and prefix tuning)."""
    virtual_columns: int = 0
    """How many of them come out as columns before each row's logits (prompt tuning)."""
    whole_passes: bool = False
    """Whether every pass must see the whole sequence (activated LoRA looks for its invocation)."""

    @property
    def following(self) -> nn.Module:
        """What a pass on top of a cache goes through: virtual tokens are in the cache by then."""
        return self.inner if self.virtual_tokens else self.first

    @property
    def device(self) -> torch.device:
        """Where token ids go."""
        return embeddings(self.inner).device

    @property
    def window(self) -> int | None:
        """Tokens that fit, new ones included; None where the architecture has no limit."""
        limit = context_window(self.inner)
        return None if limit is None else limit - self.virtual_tokens

    @property
    def rows(self) -> int:
        """Token ids that the model has an embedding for."""
        return embeddings(self.inner).shape[0]

    def takes(self, argument: str) -> bool:
        """Whether the model's forward pass has this argument."""
        return argument in inspect.signature(self.inner.forward).parameters

    def logits(self, ids: Tensor, keep: Tensor) -> Tensor:
        """Return the logits at the positions of `ids` that `keep` marks.

        `ids` is [rows, columns], padded on the right; it needs no mask, as what follows a position
        cannot change it in a causal model. `keep` is a bool tensor of the same shape; the result
        is [marked positions, vocabulary], row by row.
        """
        options: dict[str, Any] = {"use_cache": False} if self.takes("use_cache") else {}
        if self.marks:
            shifted = torch.nn.functional.pad(keep, (self.virtual_columns, 0), value=False)
            kept: Tensor = self.first(ids, logits_to_keep=shifted, **options).logits
            return kept
        full: Tensor = self.first(ids, **options).logits
        return full[:, self.virtual_columns :][keep]

    def packed(self, work: PackedPass, kept: Sequence[int]) -> Tensor:
        """Run a packed pass; return [kept, vocabulary], the logits at these of its tokens.

        `kept` is in ascending order. The model must be in `packed.cascade_attention`.
        """
        ids = torch.tensor([work.ids], device=self.device)
        options: dict[str, Any] = {"use_cache": False} if self.takes("use_cache") else {}
        wanted = torch.tensor(kept, dtype=torch.long, device=self.device)
        if self.marks:
            keep = torch.zeros(ids.shape, dtype=torch.bool, device=self.device)
            keep[0, wanted] = True
            options["logits_to_keep"] = keep
        positions = work.positions.unsqueeze(0).to(self.device)
        with only_at(self.inner, wanted):
            logits: Tensor = self.first(ids, position_ids=positions, cascade=work, **options).logits
        return logits if self.marks else logits[0, wanted]

    def next_logits(
        self,
        tokens: Sequence[int],
        positions: Tensor,
        cascade: Cascade,
        adapters: Sequence[str] | None = None,
    ) -> Tensor:
        """Run one new token a row, at these positions; return [rows, vocabulary].

        `adapters` names each row's own, as peft knows them. The model must be in
        `packed.cascade_attention`.
        """
        options: dict[str, Any] = {"use_cache": False} if self.takes("use_cache") else {}
        if adapters is not None:
            options["adapter_names"] = list(adapters)
        column = torch.tensor(tokens, device=self.device).unsqueeze(-1)
        logits: Tensor = self.first(
            column,
            position_ids=positions.unsqueeze(-1).to(self.device),
            cascade=cascade,
            **options,
        ).logits
        return logits[:, -1]

    def check_numbers(self, values: Tensor) -> None:
        """Raise FtevalsError where what the model computed has a NaN."""
        if bool(torch.isnan(values).any()):
            raise FtevalsError(
                "its logits are NaN",
                where=f"{self.variant.name} ({self.variant.source})",
                fix="Its weights are broken or overflow in this dtype: try --ftevals-dtype float32",
            )


def embeddings(model: PreTrainedModel) -> Tensor:
    """Return the weight of the input embeddings, [rows, hidden size]."""
    layer: Any = model.get_input_embeddings()
    weight: Tensor = layer.weight
    return weight


def context_window(model: PreTrainedModel) -> int | None:
    """Return how many tokens the model's positions go up to, or None where there is no limit."""
    config = model.config.get_text_config(decoder=True)
    limit = getattr(config, "max_position_embeddings", None)
    return limit if isinstance(limit, int) and limit > 0 else None


@torch.inference_mode()
def supports_marks(model: PreTrainedModel) -> bool:
    """Return whether `logits_to_keep` may be a mask over rows and columns.

    Older architectures (and code that comes with a model) know only the last n positions.
    """
    if "logits_to_keep" not in inspect.signature(model.forward).parameters:
        return False
    ids = torch.zeros((2, 3), dtype=torch.long, device=embeddings(model).device)
    keep = torch.tensor([[False, True, True], [False, False, True]], device=ids.device)
    try:
        logits: Tensor = model(ids, logits_to_keep=keep).logits
    except (TypeError, ValueError, IndexError, RuntimeError):
        return False
    return tuple(logits.shape[:-1]) == (int(keep.sum()),)
