"""What the user chose for a run: plain values, resolved once and handed down."""

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.threshold import Decide
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.engines.settings import EngineSettings
from pytest_ftevals.run.changed import Changed
from pytest_ftevals.run.replay import Replay
from pytest_ftevals.tasks import DataAccess

__all__ = ["DataAccess", "EngineSettings", "Settings", "Source", "parse_candidates"]

_NAME = re.compile(r"[\w.+-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A candidate as asked for: its short name and where it comes from."""

    name: str
    source: str
    """A folder or a hub id, ``@REVISION`` after it where one is given."""
    group: str = ""
    """The recipe that it is a seed of; empty for a candidate of its own."""


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
    workers: int = 1
    """Processes that run tests side by side, this one among them."""
    sequential: bool = False
    """Whether full models take turns in memory even if they fit together."""
    confidence: float = 0.95
    """One-sided, of the evidence."""
    decide: Decide = "point"
    """What decides thresholds, where a test does not say."""
    early_stop: bool = False
    """Whether thresholds are decided on as few cases as that takes."""
    family: int | None = None
    """Thresholds that share the error of refuting; None: as many as the selected tests state."""
    save: str | None = None
    """Name that the run is saved under; None: it is not."""
    against: str | None = None
    """Name of the saved run that candidates are compared with besides the base; None: none."""
    baselines: Path = Path("ftevals-baselines")
    """Folder of saved runs."""
    data: DataAccess = field(default_factory=DataAccess)
    """Where the rows of hub data sets may come from."""
    cases: tuple[str, ...] = ()
    """Ids that per-case tests are narrowed to; empty: all."""
    changed: Changed | None = None
    """What the candidates were chosen by; None: they were named."""
    replay: Replay | None = None
    """The earlier run whose answers are decided again; None: models answer."""

    @property
    def variants(self) -> tuple[str, ...]:
        """Names of the base and all candidates, base first."""
        return (BASE, *(candidate.name for candidate in self.candidates))

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Recipes that were trained several times, each with the names of its seeds."""
        names = dict.fromkeys(one.group for one in self.candidates if one.group)
        return {
            group: tuple(one.name for one in self.candidates if one.group == group)
            for group in names
        }

    @property
    def compared(self) -> tuple[str, ...]:
        """Names of what is compared with the base: candidates, a group in place of its seeds."""
        return tuple(dict.fromkeys(one.group or one.name for one in self.candidates))

    @property
    def nothing_changed(self) -> str:
        """Why there is no candidate, where no adapter changed of which those were to be tested."""
        if self.candidates:
            return ""
        if self.changed is not None:
            return self.changed.nothing
        return "" if self.replay is None else self.replay.nothing_changed

    def seeds(self, name: str) -> tuple[str, ...]:
        """Return the variants that answer for a candidate: a group's seeds, else itself."""
        return self.groups.get(name, (name,))


def parse_candidates(written: Iterable[str]) -> tuple[Source, ...]:
    """Read ``NAME=SOURCE``, ``SOURCE`` (named after its last folder) or ``NAME=[SOURCE,SOURCE]``.

    The last is a group of seeds, called NAME.0, NAME.1 and so on: a name that a candidate may have,
    a shell leaves alone and ``-k`` finds. Raises FtevalsError for an empty or impossible name,
    ``base``, a name used twice, and a list that is no group.
    """
    found: list[Source] = []
    taken: dict[str, str] = {}
    for text in written:
        read = _parse(text)
        seeds = listed_seeds(read.source)
        named = {read.name: read.source}
        if seeds is None:
            found.append(read)
        else:
            group = _group(text, read.name, seeds)
            found += group
            named |= {one.name: f"{one.source}, a seed of {read.name}" for one in group}
        for name, what in named.items():
            if name in taken:
                raise FtevalsError(
                    f"two candidates are called {name!r}: {taken[name]} and {what}",
                    where="--ftevals-candidate",
                    fix=f"Give each a name of its own: --ftevals-candidate NAME={read.source}",
                )
        taken |= named
    return tuple(found)


def listed_seeds(source: str) -> list[str] | None:
    """Return what stands in ``[SOURCE,SOURCE]``; None for the source of a single candidate."""
    text = source.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return None
    return [one.strip() for one in text[1:-1].split(",")]


def _group(text: str, name: str, seeds: list[str]) -> list[Source]:
    plain = [posixpath.normpath(one.replace("\\", "/")) for one in seeds]
    twice = next((one for number, one in enumerate(plain) if one in plain[:number]), None)
    why = ""
    if not any(seeds):
        why = "names no seeds"
    elif not all(seeds) or any("[" in one or "]" in one for one in seeds):
        why = "is no list of folders or hub ids"
    elif len(seeds) == 1:
        why = "is a group of one seed, which shows no spread"
    elif twice is not None:
        why = f"names {twice} twice"
    if why:
        raise FtevalsError(
            f"{text!r} {why}",
            where="--ftevals-candidate",
            fix=f"Write {name}=[FOLDER,FOLDER] with the folder of each seed, or {name}=FOLDER.",
        )
    return [
        Source(name=f"{name}.{number}", source=seed, group=name)
        for number, seed in enumerate(seeds)
    ]


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
    if source.startswith("[") != source.endswith("]") and source.count("[") != source.count("]"):
        raise FtevalsError(
            f"{text!r} has a bracket without its other half",
            where="--ftevals-candidate",
            fix="Write NAME=[FOLDER,FOLDER] for the seeds of one recipe; quote it for the shell.",
        )
    if not source or not _NAME.fullmatch(name) or name == BASE:
        why = f"gives no usable name ({name!r})" if source else "names no folder or hub id"
        why = "is the base's own name" if name == BASE and source else why
        raise FtevalsError(
            f"{text!r} {why}",
            where="--ftevals-candidate",
            fix="Write NAME=FOLDER, with letters, digits, '.', '_', '+' or '-' in NAME.",
        )
    return Source(name=name, source=source)
