"""The last layer's feed-forward network, only at the tokens whose logits are read.

Nothing else looks at what comes out of it: 1 to 2 % less to compute for a model of 30 layers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from transformers import PreTrainedModel


@contextmanager
def only_at(model: PreTrainedModel, places: Tensor) -> Iterator[None]:
    """Compute the last feed-forward network at these `places` of one row; elsewhere it is zeros.

    Models that do not call it ``mlp``, as most do, compute all of it.
    """
    mlp = _last_mlp(model)
    if mlp is None:
        yield
        return
    tokens: list[int] = []

    def narrow(_: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        (hidden,) = given
        tokens.append(hidden.shape[1])
        return (hidden[:, places.to(hidden.device)],)

    def widen(_: nn.Module, __: tuple[Tensor, ...], found: Tensor) -> Tensor:
        whole = found.new_zeros((found.shape[0], tokens.pop(), found.shape[2]))
        whole[:, places.to(found.device)] = found
        return whole

    # The widening hook first: hooks that others registered see what they are used to.
    hooks = [
        mlp.register_forward_pre_hook(narrow),
        mlp.register_forward_hook(widen, prepend=True),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _last_mlp(model: PreTrainedModel) -> nn.Module | None:
    untyped: Any = model
    blocks = [
        one
        for one in untyped.get_decoder().children()
        if isinstance(one, nn.ModuleList) and len(one)
    ]
    mlp = getattr(blocks[0][-1], "mlp", None) if len(blocks) == 1 else None
    return mlp if isinstance(mlp, nn.Module) else None
