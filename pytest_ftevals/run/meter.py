"""Counts requests and tokens for the progress bar."""

import time
from collections.abc import Iterable, Mapping

from pytest_ftevals.core.encoded import Batch
from pytest_ftevals.core.request import Request
from pytest_ftevals.core.response import Response
from pytest_ftevals.run.progress import Step


class Meter:
    """How far one pass over the missing requests is."""

    def __init__(
        self,
        plan: Iterable[Batch],
        missing: Mapping[str, Mapping[Request, str]],
        known: Mapping[tuple[str, Request], Response],
    ) -> None:
        """Count what there is to do; a batch of which a part is known counts by that part."""
        self._began = time.monotonic()
        self._total = self._done = 0
        self._total_tokens = self._tokens = 0.0
        for batch in plan:
            for variant, keys in missing.items():
                left = sum(
                    one.request in keys and (variant, one.request) not in known
                    for one in batch.requests
                )
                self._total += left
                self._total_tokens += batch.tokens * left / len(batch.requests)

    def after(self, variant: str, batch: Batch) -> Step:
        """Count a batch as done."""
        self._done += len(batch.requests)
        self._tokens = min(self._total_tokens, self._tokens + batch.tokens)
        return Step(
            variant=variant,
            done=self._done,
            total=self._total,
            tokens=int(self._tokens),
            total_tokens=int(self._total_tokens),
            seconds=time.monotonic() - self._began,
        )
