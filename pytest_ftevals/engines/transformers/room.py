"""The device's want of memory, told as what it is, and what is given back."""

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pytest_ftevals.core.errors import OutOfMemoryError
from pytest_ftevals.engines.transformers.network import Network

_OUT_OF_MEMORY = re.compile(r"MPS backend out of memory|DefaultCPUAllocator: .*memory")


@contextmanager
def room(network: Network, tokens: int) -> Iterator[None]:
    """Word the device's want of memory for whoever can make batches smaller."""
    try:
        yield
    except RuntimeError as error:  # cuda's own kind is one; the others have none
        if not isinstance(error, torch.OutOfMemoryError) and not _OUT_OF_MEMORY.search(str(error)):
            raise
        full = True
    else:
        full = False
    # Outside the handler, whose traceback keeps the failed pass's tensors alive.
    if full:
        collect()
        raise OutOfMemoryError(
            f"a batch of {tokens:,} tokens does not fit into the memory of {network.device}",
            where=network.variant.name,
            fix="Use a smaller --ftevals-dtype or --ftevals-prefix-memory, a device map or "
            "quantisation.",
        )


def collect() -> None:
    """Give back what nothing holds any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
