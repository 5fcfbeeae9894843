"""A folder of hub data sets: which of its files hold one split of one data set."""

import re
from collections.abc import Iterator
from pathlib import Path

from pytest_ftevals.tasks.data_file import SUFFIXES
from pytest_ftevals.tasks.hub_source import HubSource

_SHARD = r"{split}-(?P<number>\d{{5}})-of-(?P<count>\d{{5}})(-[0-9a-f]+)?"

_OF_A_SPLIT = re.compile(
    r"(?:^|[\W_])(?:train|training|test|testing|eval|evaluation|val|valid|validation|dev)"
    r"(?:[\W_0-9]|$)"
)
"""Names that say which split a file holds, by the words that `datasets` knows."""


def split_files(source: HubSource, folder: Path) -> tuple[Path, ...]:
    """Return the files of a split, in order; empty where the folder does not have them.

    They are ``ORG/NAME[/CONFIG]/SPLIT.jsonl`` (or ``.csv``, ``.parquet``), or files as they lie on
    the hub: ``[CONFIG/ | data/]SPLIT-00000-of-00001.parquet``, or ``[CONFIG/]SPLIT/*.parquet``.
    """
    root = folder / source.repository
    for place in _places(source, root):
        for suffix in SUFFIXES:
            path = place / f"{source.split}{suffix}"
            if path.is_file():
                return (path,)
        found = _shards(place, source.split)
        if found:
            return found
    return _only_file(source, root)


def _places(source: HubSource, root: Path) -> Iterator[Path]:
    if source.config:
        yield root / source.config
        yield root / "data" / source.config
        return
    yield from (root, root / "data", root / "default")


def _shards(place: Path, split: str) -> tuple[Path, ...]:
    """Return a split's shards, complete; or all Parquet files of a folder named as the split."""
    if not place.is_dir():
        return ()
    pattern = re.compile(_SHARD.format(split=re.escape(split)))
    found: dict[int, Path] = {}
    wanted = 0
    for path in sorted(place.glob("*.parquet")):
        if shard := pattern.fullmatch(path.stem):
            found[int(shard["number"])] = path
            wanted = int(shard["count"])
    if found and sorted(found) == list(range(wanted)):
        return tuple(found[number] for number in range(wanted))
    return tuple(sorted((place / split).glob("*.parquet")))


def _only_file(source: HubSource, root: Path) -> tuple[Path, ...]:
    """Return a data set's one file that is called after no split: the hub takes it as `train`."""
    if source.config or source.split != "train" or not root.is_dir():
        return ()
    files = [path for path in sorted(root.iterdir()) if path.suffix in SUFFIXES and path.is_file()]
    return tuple(files) if len(files) == 1 and not _OF_A_SPLIT.search(files[0].stem) else ()
