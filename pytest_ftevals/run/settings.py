"""What the user chose for a run: plain values, resolved once and handed down."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.engines.settings import EngineSettings

__all__ = ["EngineSettings", "Settings", "Source", "parse_candidates"]

_NAME = re.compile(r"[\w.+-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A candidate as asked for: its short name and where it comes from."""

    name: str
    source: str
    """A folder or a hub id, ``@REVISION`` after it where one is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of a run."""

    root: Path
    """The project's root; the store lies below it unless told otherwise."""
    base: str | None = None
    """A folder or a hub id; None where the user named no base."""
    candidates: tuple[Source, ...] = ()
    engine: str = "transformers"
    loading: EngineSettings = field(default_factory=EngineSettings)
    store: Path | None = None
    """Folder of the store; None: nothing is kept after the run."""
    report: Path | None = None
    """Folder that record.json and samples.jsonl are written to; None: none are."""
    sequential: bool = False
    """Whether full models take turns in memory even if they fit together."""
    confidence: float = 0.95
    """One-sided, of the evidence."""
    cases: tuple[str, ...] = ()
    """Ids that per-case tests are narrowed to; empty: all."""

    @property
    def variants(self) -> tuple[str, ...]:
        """Names of the base and all candidates, base first."""
        return (BASE, *(candidate.name for candidate in self.candidates))


def parse_candidates(written: Iterable[str]) -> tuple[Source, ...]:
    """Read ``NAME=SOURCE`` or ``SOURCE`` (named after its last folder).

    Raises FtevalsError for an empty or impossible name, ``base``, or a name used twice.
    """
    found: dict[str, Source] = {}
    for text in written:
        one = _parse(text)
        if one.name in found:
            raise FtevalsError(
                f"two candidates are called {one.name!r}: {found[one.name].source} and "
                f"{one.source}",
                where="--ftevals-candidate",
                fix=f"Give each a name of its own: --ftevals-candidate NAME={one.source}",
            )
        found[one.name] = one
    return tuple(found.values())


def _parse(text: str) -> Source:
    name, equals, source = text.partition("=")
    if not equals or "/" in name:
        source = text
        folder = text.rstrip("/\\").replace("\\", "/")
        # A hub revision may hold slashes (refs/pr/3), a path may hold an @ further up.
        is_path = folder.startswith(("/", ".", "~"))
        head = folder if is_path else folder.partition("@")[0]
        name = head.rpartition("/")[2].partition("@")[0]
    name, source = name.strip(), source.strip()
    if not source or not _NAME.fullmatch(name) or name == BASE:
        why = f"gives no usable name ({name!r})" if source else "names no folder or hub id"
        why = "is the base's own name" if name == BASE and source else why
        raise FtevalsError(
            f"{text!r} {why}",
            where="--ftevals-candidate",
            fix="Write NAME=FOLDER, with letters, digits, '.', '_', '+' or '-' in NAME.",
        )
    return Source(name=name, source=source)
