"""Data sets of the Hugging Face hub, through `datasets` (extra ``[hub]``): cache first.

`datasets` is imported on the first call only, never with this module.
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ftevals.tasks.hub_source import HubSource
from pytest_ftevals.tasks.records import rows_of
from pytest_ftevals.tasks.rows import Row

if TYPE_CHECKING:
    from datasets import DatasetBuilder

_COMMIT = re.compile(r"[0-9a-f]{7,40}")


class NotAtHandError(Exception):
    """Why a data set cannot be had, as the end of a sentence."""

    def __init__(self, why: str, *, later: bool = False) -> None:
        """Hold the reason; `later`: the network was not asked, and may have it."""
        super().__init__(why)
        self.later = later


def hub_rows(source: HubSource, *, network: bool, most: int | None = None) -> tuple[Row, ...]:
    """Return the rows of a split (the first `most`) from the local cache, else from the hub.

    The hub is asked only with `network`, and never where HF_HUB_OFFLINE forbids it. Without a
    revision whatever is cached is taken, the latest first. Raises NotAtHandError where the rows
    are nowhere.
    """
    try:
        import datasets
    except ImportError as error:
        raise NotAtHandError("`datasets`, which reads the hub, is not installed") from error
    with _hushed():
        builder = _cached(source)
        if builder is None and datasets.config.HF_HUB_OFFLINE:
            raise NotAtHandError("HF_HUB_OFFLINE forbids the network, and the cache lacks it")
        if builder is None and not network:
            raise NotAtHandError("the hub's local cache lacks it", later=True)
        columns = _columns(builder or _downloaded(source), source.split, most)
    names = list(columns)
    return rows_of(
        (dict(zip(names, cells, strict=True)) for cells in zip(*columns.values(), strict=True)),
        str(source),
    )


@contextmanager
def _hushed() -> Iterator[None]:
    """Show no warnings of libraries, and of downloads nothing but their progress."""
    from datasets.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(before)


def _cached(source: HubSource) -> "DatasetBuilder | None":
    """Return the latest cached version of a data set; None where it is another revision's."""
    from datasets.packaged_modules.cache.cache import Cache

    try:
        builder = Cache(
            repo_id=source.repository,
            dataset_name=source.repository.rpartition("/")[2],
            config_name=source.config,
            version="auto",
            hash="auto",
        )
    except (ValueError, OSError):  # nothing is cached, or several configurations are
        return None
    if source.revision is None:
        return builder
    commit = _commit(source.repository, source.revision)
    return builder if commit and str(builder.hash).startswith(commit) else None


def _commit(repository: str, revision: str) -> str | None:
    """Return the commit that a revision stood for when the cache was filled; None if unknown."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, "README.md", repo_type="dataset", revision=revision)
    if isinstance(found, str):
        return Path(found).parent.name  # snapshots/COMMIT/README.md
    return revision if _COMMIT.fullmatch(revision) else None


def _downloaded(source: HubSource) -> "DatasetBuilder":
    """Return a data set fetched from the hub; raises NotAtHandError where that fails."""
    from datasets import load_dataset_builder
    from datasets.packaged_modules.cache.cache import Cache

    try:
        builder = load_dataset_builder(source.repository, source.config, revision=source.revision)
        # Where the hub fails, `datasets` quietly takes any cached revision instead.
        if not isinstance(builder, Cache):
            builder.download_and_prepare()
            return builder
    except Exception as error:
        raise NotAtHandError(f"the hub does not give it: {_first_line(error)}") from error
    raise NotAtHandError("the hub does not give it, and the cache has another revision")


def _columns(builder: "DatasetBuilder", split: str, most: int | None) -> dict[str, list[Any]]:
    """Return a split's columns, by name, as they are stored: no image or sound is decoded."""
    splits = list(builder.info.splits or ())
    if split not in splits:
        raise NotAtHandError(f"it has no such split, only {', '.join(splits)}")
    found: Any = builder.as_dataset(split=split)
    columns: dict[str, list[Any]] = found.with_format("arrow")[:most].to_pydict()
    return columns


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
