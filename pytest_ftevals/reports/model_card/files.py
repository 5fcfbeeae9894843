"""The files of model cards: one a candidate, none where the hub's library is missing."""

import re
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from pytest_ftevals.core.record import Record
from pytest_ftevals.reports.model_card.body import MARK, card_body
from pytest_ftevals.reports.model_card.candidate import Candidate, candidates

_LIBRARY = "huggingface_hub"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_CARD = re.compile(r"model-card(-.*)?\.md", re.DOTALL)
_LONGEST = 60
_HEAD = 100_000
"""Bytes of a file in which its mark is looked for: metadata stand before it."""


def card_files(record: Record) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the name and the text of each candidate's card; none without huggingface_hub."""
    if find_spec(_LIBRARY) is not None:
        found = candidates(record)
        names = card_names([one.name for one in found])
        for name, candidate in zip(names, found, strict=True):
            yield name, _parts(record, candidate)


def card_names(names: Iterable[str]) -> list[str]:
    """Return a file name for each candidate: ``model-card.md``, of several with their names.

    What file systems may refuse becomes ``-``; names that would be one file get a number.
    """
    given = list(names)
    if len(given) == 1:
        return ["model-card.md"]
    taken: set[str] = set()
    return [f"model-card-{free_name(_safe(name), taken, '-')}.md" for name in given]


def cards_left_out(record: Record, folder: Path) -> tuple[str, ...]:
    """Return why a card is not written to `folder`, a sentence each; empty where all are."""
    if find_spec(_LIBRARY) is None:
        return (f"no model card: {_LIBRARY} is missing (pip install 'pytest-ftevals[card]')",)
    names = card_names([one.name for one in candidates(record)])
    return tuple(
        f"{name} is left as it is: this file was not made by pytest-ftevals"
        for name in names
        if is_by_hand(folder / name)
    )


def stale_cards(folder: Path, written: Iterable[str]) -> tuple[Path, ...]:
    """Return the cards in a report's folder that an earlier run made there, of other candidates.

    A card that a person wrote is none of them: it lacks the mark.
    """
    kept = set(written)
    return tuple(
        path
        for path in sorted(folder.glob("model-card*.md"))
        if path.name not in kept and path.is_file() and not is_by_hand(path)
    )


def is_by_hand(path: Path) -> bool:
    """Return whether a file is a model card that a person wrote: it lacks the mark."""
    if not _CARD.fullmatch(path.name) or not path.is_file():
        return False
    with path.open("rb") as file:
        return MARK.encode() not in file.read(_HEAD)


def _parts(record: Record, candidate: Candidate) -> Iterator[str]:
    from pytest_ftevals.reports.model_card.metadata import card_with_metadata

    yield card_with_metadata(candidate, card_body(record, candidate))


def _safe(name: str) -> str:
    return _UNSAFE.sub("-", name)[:_LONGEST].strip(".-") or "candidate"


def free_name(name: str, taken: set[str], joint: str) -> str:
    """Return `name`, with a number where it is taken, and take it.

    File systems may not tell cases apart: `taken` has names in lower case.
    """
    free, number = name, 1
    while free.lower() in taken:
        number += 1
        free = f"{name}{joint}{number}"
    taken.add(free.lower())
    return free
