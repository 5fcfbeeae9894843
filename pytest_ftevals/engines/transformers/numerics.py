"""Where and how precisely models compute: device, dtype, float32 that is float32."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter

import torch
from transformers import PreTrainedModel

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.variant import Numerics
from pytest_ftevals.engines.transformers.network import embeddings

_DTYPES = ("float32", "bfloat16", "float16", "float64")
_FLOAT32_BACKENDS = attrgetter("cuda.matmul", "cudnn.conv", "mkldnn.matmul", "mkldnn.conv")


def resolve_device(name: str, rank: int = 0) -> torch.device:
    """Return the device that `name` asks for; ``auto`` prefers cuda, then mps, then cpu.

    Of several cuda devices without a number, process `rank` takes its own, in turn.
    Raises FtevalsError for a device that torch does not know or this machine does not have.
    """
    if name in ("auto", "cuda") and torch.cuda.is_available():
        return torch.device("cuda", rank % torch.cuda.device_count())
    if name == "auto":
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise FtevalsError(
            f"{name!r} cannot be used here: {reason}",
            where="--ftevals-device",
            fix="Valid are auto, cpu, cuda, cuda:1 or mps, as the machine has them.",
        ) from error
    return device


def resolve_dtype(name: str) -> torch.dtype | None:
    """Return the dtype that `name` asks for; None (the checkpoint's own) for ``auto``.

    Raises FtevalsError for anything but a floating-point dtype that models are run in.
    """
    if name == "auto":
        return None
    if name not in _DTYPES:
        raise FtevalsError(
            f"{name!r} is not a dtype to run a model in",
            where="--ftevals-dtype",
            fix=f"Valid are auto, {', '.join(_DTYPES)}.",
        )
    dtype: torch.dtype = getattr(torch, name)
    return dtype


def resolved(model: PreTrainedModel, quantization: JSON) -> Numerics:
    """Return the numerics that a loaded model really computes in."""
    return Numerics(
        device=embeddings(model).device.type,
        dtype=str(model.dtype).removeprefix("torch."),
        attention=str(getattr(model.config, "_attn_implementation", None) or "eager"),
        quantization=_own_quantization(model) if quantization is None else quantization,
    )


@contextmanager
def ieee_float32() -> Iterator[None]:
    """Multiply float32 matrices in float32 (no TF32 on CUDA, no bfloat16 in oneDNN).

    The reduced modes are off by 1e-3 and more, enough to change a choice; user code may have
    switched them on for its own speed, so they are put back afterwards.
    """
    backends = _FLOAT32_BACKENDS(torch.backends)
    before = [backend.fp32_precision for backend in backends]
    for backend in backends:
        backend.fp32_precision = "ieee"
    try:
        yield
    finally:
        for backend, precision in zip(backends, before, strict=True):
            backend.fp32_precision = precision


def _own_quantization(model: PreTrainedModel) -> JSON:
    """Return the quantisation that the checkpoint itself came with, as JSON, or None."""
    config = getattr(model.config, "quantization_config", None)
    if config is None:
        return None
    as_dict = config if isinstance(config, dict) else config.to_dict()
    plain: JSON = json.loads(json.dumps(as_dict, default=str))
    return plain
