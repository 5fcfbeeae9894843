"""``--ftevals-changed-since``: candidates from a file of adapters, and tests that have none."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.plugin.interest import PASS_RATE
from pytest_ftevals.run.changed import Changed, changed_adapters
from pytest_ftevals.run.settings import Settings, Source

_SINCE, _ADAPTERS = "--ftevals-changed-since", "--ftevals-adapters"
_CANDIDATES = frozenset({"_ftevals_candidate", "_ftevals_compare"})


def read_changed(since: str | None, *, typed: Sequence[str], file: Path) -> Changed | None:
    """Return what changed since a revision; None where no one asks.

    `typed` are the options on the command line that this one goes with or against. Raises
    FtevalsError where options contradict each other, and as `changed_adapters` does.
    """
    if since is None:
        if "adapters" in typed:
            raise FtevalsError(
                f"says which adapters there are to choose from, but {_SINCE} is missing",
                where=_ADAPTERS,
                fix=f"Give {_SINCE} REV, or name candidates with --ftevals-candidate.",
            )
        return None
    if not since.strip():
        raise FtevalsError("names no revision", where=_SINCE, fix="For example origin/main.")
    if "candidate" in typed:
        raise FtevalsError(
            "chooses the candidates, and so does --ftevals-candidate",
            where=_SINCE,
            fix="Leave out the one or the other.",
        )
    return changed_adapters(file, since.strip(), option=_SINCE)


def candidates_of(changed: Changed, here: Path) -> tuple[Source, ...]:
    """Return the adapters that changed, as candidates relative to `here` where they lie below."""
    folder, here = changed.file.resolve().parent, here.resolve()
    found = []
    for one in changed.adapters:
        path = folder / one.path
        source = os.path.relpath(path, here) if path.is_relative_to(here) else str(path)
        found.append(Source(name=one.name, source=source))
    return tuple(found)


def skip_without_candidate(items: Sequence[pytest.Item], settings: Settings) -> None:
    """Skip the tests that need a candidate where no adapter changed, or had in a replayed run."""
    reason = settings.nothing_changed
    if not reason:
        return
    for item in items:
        needs = not _CANDIDATES.isdisjoint(getattr(item, "fixturenames", ()))
        if needs or item.get_closest_marker(PASS_RATE) is not None:
            item.add_marker(pytest.mark.skip(reason=reason))
