"""What an engine does. The conductor plans and stores; an engine only computes."""

from collections.abc import Sequence
from typing import Protocol

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.encoded import Encoded
from pytest_ftevals.core.request import Request
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.variant import Numerics, Variant


class Engine(Protocol):
    """Loads one base and its candidates and answers batches of requests.

    Call order: `open` once, `attach` once a candidate, then anything; `close` at the end.
    Every method raises FtevalsError, worded for the user, for what the user can mend.
    """

    def open(self, base: Variant) -> Numerics:
        """Load the base and its tokenizer; return the numerics as resolved."""

    def attach(self, candidate: Variant) -> bool:
        """Load a candidate; return whether it runs on the base's own weights.

        Raises FtevalsError where it does not fit the base, has NaN weights, or changes nothing.
        """

    def encode(self, requests: Sequence[Request]) -> list[Encoded | Response]:
        """Return each request as token ids, or an error response for one that cannot be asked."""

    def answer(self, variant: str, batch: Sequence[Encoded]) -> list[Response]:
        """Return the variant's responses to one batch, in order.

        A batch holds requests of one kind and, for generation, of one `Decode`.
        """

    def hardware(self) -> dict[str, JSON]:
        """Return what the models run on, for the record; asked after `open`."""

    def close(self) -> None:
        """Free the models' memory."""
