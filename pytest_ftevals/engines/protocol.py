"""What an engine does. The conductor plans and stores; an engine only computes."""

from collections.abc import Sequence
from typing import Protocol

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.encoded import Batch, Encoded
from pytest_ftevals.core.request import Kind, Request
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.variant import Numerics, Variant


class Engine(Protocol):
    """Loads one base and its candidates and answers batches of requests.

    Call order: `open` once, then anything; `close` at the end. Every method raises FtevalsError,
    worded for the user, for what the user can mend.
    """

    def open(self, base: Variant) -> Numerics:
        """Load the base and its tokenizer; return the numerics as resolved."""

    def attach(self, candidate: Variant) -> bool:
        """Load a candidate; return whether it runs on the base's own weights.

        Raises FtevalsError where it does not fit the base, has NaN weights, or changes nothing.
        """

    def holds(self, candidates: Sequence[Variant]) -> bool:
        """Return whether the base and these candidates fit into memory at one time.

        An estimate from the sizes of their files; asked before they are attached.
        """

    def release(self, variant: str) -> None:
        """Free what a variant has in memory for itself; `attach` it again to ask it again.

        The base comes back by itself when it is needed.
        """

    def batch_tokens(self, kind: Kind) -> int:
        """Return how many tokens a batch of such requests should take on this device."""

    def encode(self, requests: Sequence[Request]) -> list[Encoded | Response]:
        """Return each request as token ids, or an error response for one that cannot be asked."""

    def answer(self, variant: str, batch: Batch) -> list[Response]:
        """Return the variant's responses to one batch, in the order of its requests.

        Raises OutOfMemoryError where the batch does not fit into memory: its halves may.
        """

    def teams(self, variants: Sequence[str], kind: Kind) -> list[list[str]]:
        """Return the variants in groups that `answer_jointly` takes; alone where there is no gain.

        Asked once they are attached; the groups keep their order.
        """

    def answer_jointly(self, variants: Sequence[str], batch: Batch) -> list[list[Response]]:
        """Return what `answer` returns for each variant of a team of two or more."""

    def check(self, variant: str, encoded: Encoded, response: Response) -> float:
        """Compute one request anew, alone and without shortcuts; return how far `response` is off.

        In nats: the largest difference of a log-probability, or by how much the model prefers
        another token to the one replied, over the first tokens of a reply. Only for greedy
        replies.
        """

    def avoid_shortcuts(self, variant: str) -> None:
        """Answer this variant from now on as if no two requests had anything in common."""

    def hardware(self) -> dict[str, JSON]:
        """Return what the models run on, for the record; asked after `open`."""

    def close(self) -> None:
        """Free the models' memory."""
