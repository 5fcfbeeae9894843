"""Linear layers by oneDNN where MKL, which torch takes for float32, is half as fast.

On processors of other makers than Intel, MKL keeps to AVX2. oneDNN takes AVX-512 wherever it is:
2.0 to 2.3 times the speed for the layers of a model of 135M weights on an AMD EPYC, and the same
sums but for rounding.
"""

import platform
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

_LEAST = 2**21
"""Multiplications of a layer from which on oneDNN's own overhead does not matter."""
_OPERATORS: Any = torch.ops
_INTEL = "GenuineIntel"


class OneDnnLinear(nn.Linear):
    """A linear layer that is computed by oneDNN where that pays and no gradient is wanted."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name in nn.Linear
        """Return ``input @ weight.T + bias``."""
        rows = input.numel() // max(1, self.in_features)
        if rows * self.weight.numel() < _LEAST or torch.is_grad_enabled():
            return super().forward(input)
        # The operator that torch's own compiler puts into its programs for linear layers.
        product: Tensor = _OPERATORS.mkldnn._linear_pointwise(  # noqa: SLF001 - it has no other name
            input, self.weight, self.bias, "none", [], ""
        )
        return product


def take_onednn(model: nn.Module) -> None:
    """Let the float32 linear layers of a model be computed by oneDNN, if that is faster here.

    Their weights stay what and where they are. Layers of other classes (quantised, adapters')
    are left alone.
    """
    if not is_faster_here():
        return
    for layer in model.modules():
        on_cpu = type(layer) is nn.Linear and layer.weight.device.type == "cpu"
        if on_cpu and layer.weight.dtype == torch.float32:
            layer.__class__ = OneDnnLinear


@cache
def is_faster_here() -> bool:
    """Return whether this machine's processor is one on which MKL leaves AVX-512 unused."""
    backends: Any = torch.backends
    return (
        backends.mkl.is_available()
        and backends.mkldnn.is_available()
        and backends.cpu.get_cpu_capability() == "AVX512"
        and _maker() != _INTEL
    )


def _maker() -> str:
    """Return the processor's maker as the processor itself spells it; Intel's where unknown."""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next((one.split()[-1] for one in lines if one.startswith("vendor_id")), _INTEL)
    # Windows appends it: "AMD64 Family 25 Model 33 Stepping 0, AuthenticAMD".
    return platform.processor().rpartition(", ")[2] or _INTEL
