"""Checks an adapter's files before anything is attached: broken weights, other kinds of task."""

from collections.abc import Iterator
from pathlib import Path

import torch
from peft import PeftConfig
from safetensors import SafetensorError, safe_open
from torch import Tensor

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.variant import Variant
from pytest_ftevals.engines.models import weight_files

_TASK = "CAUSAL_LM"


def adapter_config(variant: Variant) -> PeftConfig:
    """Return peft's reading of adapter_config.json, for inference.

    Raises FtevalsError where peft does not know it, or it was not trained for text generation.
    """
    where = f"{variant.name} ({variant.folder / 'adapter_config.json'})"
    try:
        config: PeftConfig = PeftConfig.from_pretrained(str(variant.folder))
    except Exception as error:
        raise FtevalsError(
            f"peft cannot read it: {type(error).__name__}: {error}",
            where=where,
            fix="Save the adapter again with PeftModel.save_pretrained, or update peft.",
        ) from error
    if config.task_type not in (None, _TASK):
        raise FtevalsError(
            f"was trained for {config.task_type}; only {_TASK} adapters answer prompts", where=where
        )
    config.task_type = _TASK
    config.inference_mode = True
    return config


def check_weights(variant: Variant, *, allow_pickle: bool) -> None:
    """Raise FtevalsError where the adapter's weights cannot be read, or one is NaN or infinite."""
    for path in weight_files(variant.folder, allow_pickle=allow_pickle):
        where = f"{variant.name} ({path})"
        try:
            broken = [name for name, tensor in _tensors(path) if not _finite(tensor)]
        except (SafetensorError, RuntimeError, EOFError, OSError, ValueError) as error:
            raise FtevalsError(
                f"cannot be read: {error}", where=where, fix="Copy or save the adapter again."
            ) from error
        if broken:
            more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
            raise FtevalsError(
                f"{broken[0]}{more} has NaN or infinite weights",
                where=where,
                fix="The training diverged: use an earlier checkpoint.",
            )


def _tensors(path: Path) -> Iterator[tuple[str, Tensor]]:
    if path.suffix == ".bin":
        yield from torch.load(path, map_location="cpu", weights_only=True).items()
        return
    with safe_open(path, framework="pt") as file:
        for name in sorted(file.keys()):
            yield name, file.get_tensor(name)


def _finite(tensor: Tensor) -> bool:
    # float8 tensors have no isfinite of their own.
    return not tensor.is_floating_point() or bool(torch.isfinite(tensor.float()).all())
