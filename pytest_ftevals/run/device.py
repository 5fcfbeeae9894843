"""The engine of a run: opened only when something must be computed, remembered between runs.

What a stored run needs of it (how ``auto`` was resolved, whether a candidate shares the base's
weights) is kept as notes in the store, so that a second run imports no torch.
"""

import gc
import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cached_property

from pytest_ftevals.core.canonical import JSON, digest
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.variant import BASE, Numerics
from pytest_ftevals.engines.models import context_window
from pytest_ftevals.engines.protocol import Engine
from pytest_ftevals.engines.registry import find_engine
from pytest_ftevals.run.models import Models
from pytest_ftevals.run.progress import Progress
from pytest_ftevals.run.settings import Settings
from pytest_ftevals.run.windows import windows_of
from pytest_ftevals.store.keys import KeyContext, library_versions
from pytest_ftevals.store.responses import Store


class Device:
    """Models loaded for computing, or what is remembered of them."""

    def __init__(
        self, settings: Settings, models: Models, store: Store, progress: Progress
    ) -> None:
        """Load nothing yet."""
        self._settings = settings
        self._models = models
        self._store = store
        self._progress = progress
        self._open: tuple[Engine, Numerics] | None = None
        self._failure: str | None = None
        self._attached: dict[str, str | None] = {}
        """Variant -> why it cannot be loaded; None where it is loaded."""
        self.versions = library_versions()

    def engine(self) -> Engine:
        """Return the engine with the base loaded; raises FtevalsError where that fails."""
        return self._opened()[0]

    def numerics(self) -> Numerics:
        """Return the numerics as resolved, from an earlier run's note where there is one."""
        if self._open is not None:
            return self._open[1]
        known = self._store.note(self._note("numerics"))
        if not isinstance(known, dict):
            return self._opened()[1]
        return Numerics(
            device=str(known["device"]),
            dtype=str(known["dtype"]),
            attention=str(known["attention"]),
            quantization=known["quantization"],
        )

    def hardware(self) -> dict[str, JSON]:
        """Return what the models ran on when they were last loaded here; empty if never."""
        known = self._store.note(self._note("hardware"))
        return known if isinstance(known, dict) else {}

    @property
    def resolved(self) -> bool:
        """Whether `numerics` is known without loading anything."""
        return self._open is not None or self._store.note(self._note("numerics")) is not None

    def attach(self, variant: str) -> None:
        """Load a candidate; raises FtevalsError, each time, where that fails."""
        if variant == BASE:
            return
        if variant not in self._attached:
            candidate = self._models.variants[variant]
            self._progress.say(f"loading {candidate.source}")
            try:
                shares = self.engine().attach(candidate)
            except FtevalsError as error:
                self._attached[variant] = str(error)
            else:
                self._attached[variant] = None
                self._store.remember(self._note("shares", variant), shares)
        failure = self._attached[variant]
        if failure is not None:
            raise FtevalsError(failure)

    @property
    def takes_turns(self) -> bool:
        """Whether full models take turns in memory, as found on this machine before or now."""
        if all(one.kind != "full" for one in list(self._models.variants.values())[1:]):
            return False
        if self._settings.sequential:
            return True
        # Other candidates take other room: whether these fit is asked of these.
        fingerprints = sorted(
            one.fingerprint for name, one in self._models.variants.items() if name != BASE
        )
        note = self._note(f"turns {digest([*fingerprints])}")
        known = self._store.note(note)
        if not isinstance(known, bool):
            known = self._take_turns([*self._models.variants])
            self._store.remember(note, known)
        return known

    def turns(self, variants: Sequence[str]) -> Iterator[list[str]]:
        """Yield the variants that are in memory together, in turn, freeing those before.

        All at once where they fit; else the base with its adapters, then each full model.
        """
        full = [one for one in variants if self._models.variants[one].kind == "full"]
        if not self._take_turns(variants):
            yield list(variants)
            return
        shared = [one for one in variants if one not in full]
        for together in [shared, *([one] for one in full)]:
            if not together:
                continue
            kept = [BASE, *shared] if together is shared else together
            for other in [BASE, *self._attached]:
                if other not in kept:
                    self._release(other)
            yield together

    def _take_turns(self, variants: Sequence[str]) -> bool:
        candidates = [self._models.variants[one] for one in variants if one != BASE]
        return self._settings.sequential or not self.engine().holds(candidates)

    def _release(self, variant: str) -> None:
        """Free a variant; the engine itself brings back the base and the adapters on it."""
        own = self._models.variants[variant].kind == "full" or not self.shares_base(variant)
        if own or variant == BASE:
            self.engine().release(variant)
        if own and self._attached.get(variant, "failed") is None:
            del self._attached[variant]

    def failure(self, variant: str) -> str | None:
        """Return why a variant could not be loaded; None where it could, or was not tried."""
        return self._attached.get(variant)

    def shares_base(self, variant: str) -> bool | None:
        """Return whether a candidate ran on the base's own weights, as found when it was loaded."""
        known = self._store.note(self._note("shares", variant))
        return known if isinstance(known, bool) else None

    def context(self, variant: str) -> KeyContext:
        """Return what all keys of a variant have in common."""
        return KeyContext(
            fingerprint=self._models.variants[variant].fingerprint,
            tokenizer=self._models.tokenizer,
            numerics=self.numerics(),
            engine=self._settings.engine,
            versions=self.versions,
        )

    def rolling_context(self, context: str) -> str:
        """Return what keys of long texts have in common, from what a variant's other keys have.

        They are asked in windows that all variants of the run can read: where a candidate can read
        less than the base, the others' answers are not those of a run without it.
        """
        window = self.window
        alone = context_window(self._models.variants[BASE])
        return context if window == alone else digest([context, window])

    @cached_property
    def window(self) -> int | None:
        """The tokens that all variants of the run can read; None where no configuration says."""
        return min(windows_of(self._models).values(), default=None)

    def close(self) -> None:
        """Free the models' memory."""
        if self._open is not None:
            self._open[0].close()
            self._open = None

    def _opened(self) -> tuple[Engine, Numerics]:
        if self._failure is not None:
            raise FtevalsError(self._failure)
        if self._open is None:
            base = self._models.variants[BASE]
            self._progress.say(f"loading {base.source}")
            try:
                with _no_collections():
                    loading = replace(self._settings.loading, window=self.window)
                    engine = find_engine(self._settings.engine)(loading)
                    self._open = engine, engine.open(base)
            except FtevalsError as error:
                self._failure = str(error)
                raise
            self._store.remember(self._note("numerics"), self._open[1].to_json())
            self._store.remember(self._note("hardware"), self._open[0].hardware())
        return self._open

    def _note(self, what: str, variant: str = BASE) -> str:
        """Return a note's key: everything that the answer to `what` depends on."""
        loading = asdict(self._settings.loading)
        content: JSON = {
            "engine": self._settings.engine,
            "loading": {
                "device": loading["device"],
                "dtype": loading["dtype"],
                "attention": loading["attention"],
                "device_map": loading["device_map"],
                "quantization": loading["quantization"],
            },
            "host": platform.node(),
            "visible": os.environ.get("CUDA_VISIBLE_DEVICES"),
            "versions": [list(pair) for pair in self.versions],
            "fingerprint": self._models.variants[variant].fingerprint,
        }
        return f"{what} {digest(content)}"


@contextmanager
def _no_collections() -> Iterator[None]:
    """Put garbage collections off: importing makes a million objects and hardly any garbage.

    Going through them again and again takes a fifth of the time of importing torch and peft.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
