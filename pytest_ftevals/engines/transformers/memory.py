"""How much memory there is, and what fits into it."""

import os
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from pytest_ftevals.core.request import Kind
from pytest_ftevals.core.variant import Variant
from pytest_ftevals.engines.models import weight_files

_PREFIX_SHARE = 0.25
_WEIGHTS_SHARE = 0.9
"""Of the memory; the rest is for what passes compute."""
_CPU_TOKENS: dict[Kind, int] = {
    "loglikelihood": 2048,
    "generate": 2**14,
    "loglikelihood_rolling": 2**13,
}
"""Where processors' caches and matrix products go best together; replies, whose steps read all
weights for one token a row, want more rows, and whole texts are parted by those who score them."""
_ACCELERATOR_TOKENS: dict[Kind, int] = {
    "loglikelihood": 2**14,
    "generate": 2**16,
    "loglikelihood_rolling": 2**16,
}
_TOKENS_PER_GIB = 1024
_GROUP = Path("/sys/fs/cgroup")
"""Where a container finds its own limits (cgroup v2)."""


def free_memory(device: torch.device) -> int:
    """Return the bytes that are free on a device now; on cpu, what the system can give."""
    if device.type == "cuda":
        free: int = torch.cuda.mem_get_info(device)[0]
        return free
    if device.type == "mps":
        return max(0, torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    return _available()


def prefix_limit(device: torch.device, chosen: int | None) -> int:
    """Return the most bytes that shared prefixes may take."""
    return int(_PREFIX_SHARE * free_memory(device)) if chosen is None else chosen


def batch_tokens(device: torch.device, kind: Kind) -> int:
    """Return how many tokens a batch should take: on accelerators by their whole memory.

    By what is free now it would differ from run to run, and below float32 answers with it.
    """
    if device.type == "cpu":
        return _CPU_TOKENS[kind]
    if device.type == "cuda":
        total = torch.cuda.get_device_properties(device).total_memory
    else:
        total = torch.mps.recommended_max_memory()
    fitting = int(total / 2**30) * _TOKENS_PER_GIB
    if kind != "loglikelihood":
        fitting *= 4
    return max(_CPU_TOKENS[kind], min(_ACCELERATOR_TOKENS[kind], fitting))


def weights_bytes(variant: Variant, dtype: torch.dtype) -> int:
    """Return the bytes of a variant's weights once loaded in `dtype`, from its files' headers.

    Pickled weights count as their files' size, and so do broken files, which loading will name.
    """
    files = weight_files(variant.folder, allow_pickle=True)
    tensors = [path for path in files if path.suffix == ".safetensors"]
    if not tensors:
        return variant.size
    try:
        return dtype.itemsize * sum(map(_numbers, tensors))
    except (SafetensorError, OSError):
        return variant.size


def fits(needed: int, device: torch.device) -> bool:
    """Return whether weights of so many bytes more fit on a device."""
    return needed <= _WEIGHTS_SHARE * free_memory(device)


def _numbers(path: Path) -> int:
    with safe_open(path, framework="pt") as file:
        sizes = [torch.Size(file.get_slice(name).get_shape()).numel() for name in file.keys()]  # noqa: SIM118 - no mapping
    return sum(sizes)


def _available() -> int:
    """Return the memory that the system can give without swapping, within a container's limit.

    Linux tells both in files.
    """
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    with suppress(OSError, KeyError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        sizes = {name: int(rest.split()[0]) for name, _, rest in (x.partition(":") for x in lines)}
        free = 1024 * sizes["MemAvailable"]
    with suppress(OSError, ValueError):  # no limit is "max", which is no number
        limit = int((_GROUP / "memory.max").read_text(encoding="ascii"))
        used = int((_GROUP / "memory.current").read_text(encoding="ascii"))
        free = min(free, max(0, limit - used))
    return free
