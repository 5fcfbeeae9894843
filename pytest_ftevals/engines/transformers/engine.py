"""The engine on transformers and peft: one base in memory, candidates switched on it.

Owns the order of things (load, attach, encode, answer); how each is done lies in its own module.
"""

import gc
from collections.abc import Sequence

import torch

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.encoded import Encoded
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.request import Request
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.variant import Numerics, Variant
from pytest_ftevals.engines.settings import EngineSettings
from pytest_ftevals.engines.transformers.encode import Encoder, refusal
from pytest_ftevals.engines.transformers.fleet import Fleet
from pytest_ftevals.engines.transformers.generate import generate
from pytest_ftevals.engines.transformers.loglikelihood import score
from pytest_ftevals.engines.transformers.network import Network
from pytest_ftevals.engines.transformers.numerics import ieee_float32


class TransformersEngine:
    """Implements `pytest_ftevals.engines.protocol.Engine`."""

    def __init__(self, settings: EngineSettings) -> None:
        """Nothing is loaded before `open`."""
        self._settings = settings
        self._open: tuple[Fleet, Encoder] | None = None

    def open(self, base: Variant) -> Numerics:
        """Load the base and its tokenizer; return the numerics as resolved."""
        if self._settings.threads is not None:
            torch.set_num_threads(self._settings.threads)
        with ieee_float32():
            fleet = Fleet(base, self._settings)
        self._open = (fleet, Encoder(fleet.tokenizer, window=fleet.window, rows=fleet.rows))
        return fleet.numerics

    def attach(self, candidate: Variant) -> bool:
        """Load a candidate; return whether it runs on the base's own weights.

        Raises FtevalsError where it does not fit the base, has NaN weights, or changes nothing.
        """
        fleet, _ = self._opened()
        with ieee_float32():
            if candidate.kind == "adapter":
                return fleet.attach_adapter(candidate)
            fleet.attach_full(candidate)
        return False

    def encode(self, requests: Sequence[Request]) -> list[Encoded | Response]:
        """Return each request as token ids, or an error response for one that cannot be asked."""
        _, encoder = self._opened()
        return encoder.encode(requests)

    def answer(self, variant: str, batch: Sequence[Encoded]) -> list[Response]:
        """Return the variant's responses to one batch, in order.

        A batch that does not fit into the device's memory is answered in halves. Raises
        FtevalsError where not even one request fits, or the model computes a NaN.
        """
        fleet, _ = self._opened()
        with ieee_float32():
            network = fleet.network(variant)
            refused = [
                refusal(encoded, window=network.window, rows=network.rows) for encoded in batch
            ]
            fitting = [
                encoded for encoded, error in zip(batch, refused, strict=True) if error is None
            ]
            answers = iter(self._answer(fleet, network, fitting))
        return [error or next(answers) for error in refused]

    def hardware(self) -> dict[str, JSON]:
        """Return the accelerators by name, their memory in bytes, and the processor threads."""
        found = [torch.cuda.get_device_properties(one) for one in range(torch.cuda.device_count())]
        return {
            "accelerators": [one.name for one in found],
            "accelerator_memory": [one.total_memory for one in found],
            "threads": torch.get_num_threads(),
        }

    def close(self) -> None:
        """Free the models' memory."""
        self._open = None
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _opened(self) -> tuple[Fleet, Encoder]:
        if self._open is None:
            msg = "open() comes first"
            raise RuntimeError(msg)
        return self._open

    def _answer(self, fleet: Fleet, network: Network, batch: Sequence[Encoded]) -> list[Response]:
        if not batch:
            return []
        try:
            if batch[0].request.kind == "loglikelihood":
                return score(network, batch)
            ends = fleet.end_tokens(network.variant.name)
            return generate(network, fleet.tokenizer, batch, ends)
        except torch.OutOfMemoryError as error:
            if len(batch) == 1:
                raise _out_of_memory(network, batch[0]) from error
        # Outside the handler, whose traceback keeps the failed pass's tensors alive.
        middle = len(batch) // 2
        return [
            *self._answer(fleet, network, batch[:middle]),
            *self._answer(fleet, network, batch[middle:]),
        ]


def _out_of_memory(network: Network, encoded: Encoded) -> FtevalsError:
    return FtevalsError(
        f"one request of {encoded.width:,} tokens does not fit into the memory of {network.device}",
        where=network.variant.name,
        fix="Use a smaller --ftevals-dtype, a device map or quantisation.",
    )
