"""Where a task's rows come from: a file beside it, a folder of data sets, or the hub."""

from dataclasses import dataclass
from pathlib import Path

from pytest_ftevals.core.canonical import digest
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.data_file import read_rows, rows_of_files
from pytest_ftevals.tasks.data_folder import split_files
from pytest_ftevals.tasks.hub_data import NotAtHandError, hub_rows
from pytest_ftevals.tasks.hub_source import HubSource, read_hub_source
from pytest_ftevals.tasks.rows import Row, Rows
from pytest_ftevals.tasks.task_file import TaskFile

OPTION = "--ftevals-data"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAccess:
    """Where the rows of hub data sets may come from."""

    folder: Path | None = None
    """Holds data sets as ``ORG/NAME[/CONFIG]/SPLIT.jsonl`` and the like; searched first."""
    offline: bool = False
    """Whether the hub's local cache is all that may be used of it."""
    collecting: bool = False
    """Whether tests are being collected, which never uses the network."""


class MissingDataError(FtevalsError):
    """A hub data set whose rows are nowhere at hand."""

    def __init__(self, what: str, *, where: str = "", fix: str = "", later: bool) -> None:
        """Compose the message; `later`: the network, not used now, may have the rows."""
        super().__init__(what, where=where, fix=fix)
        self.later = later


def check_sources(task_file: TaskFile) -> None:
    """Refuse hub data sets that are not named as they must be; raises FtevalsError."""
    for written, key in _sources(task_file):
        read_hub_source(written, where=task_file.where(key))


def read_data(
    task_file: TaskFile,
    written: str,
    *,
    key: str,
    access: DataAccess,
    most: int | None = None,
) -> Rows:
    """Read the data that `key` of a task file names as `written`.

    `most`: how many rows are needed of a hub data set, the first ones; the others are not read,
    wherever they come from; None: all. Raises
    MissingDataError where one is not at hand, FtevalsError for every mistake in a file.
    """
    where = task_file.where(key)
    source = read_hub_source(written, where=where)
    if source is None:
        return read_rows(task_file.beside(written), written=written, where=where)
    rows = _in_folder(source, access.folder, most)
    if rows is None:
        rows = _from_hub(source, access, where, most)
    if not rows:
        raise FtevalsError(f"the data set {source} has no rows", where=where)
    return Rows(rows=rows, sha256=digest([row.values for row in rows]))


def _sources(task_file: TaskFile) -> list[tuple[str, str]]:
    found = [(task_file.data, "data")]
    if task_file.few_shot is not None:
        found.append((task_file.few_shot.data, "few_shot.data"))
    return found


def _in_folder(source: HubSource, folder: Path | None, most: int | None) -> tuple[Row, ...] | None:
    files = () if folder is None else split_files(source, folder)
    return rows_of_files(files, most) if files else None


def _from_hub(
    source: HubSource, access: DataAccess, where: str, most: int | None
) -> tuple[Row, ...]:
    network = not (access.offline or access.collecting)
    try:
        return hub_rows(source, network=network, most=most)
    except NotAtHandError as error:
        later = access.collecting and not access.offline and error.later
        raise MissingDataError(
            f"the data set {source} is not at hand: {_looked(source, access)}{error}"
            f"{_forbidden(access) if error.later else ''}",
            where=where,
            fix=_ways(source),
            later=later,
        ) from error


def _looked(source: HubSource, access: DataAccess) -> str:
    if access.folder is None:
        return ""
    return f"{OPTION} {access.folder} has no {_layout(source)}, and "


def _forbidden(access: DataAccess) -> str:
    if access.offline:
        return ", and --ftevals-offline forbids the network"
    return ", and tests are collected without the network"


def _ways(source: HubSource) -> str:
    """Return both ways to get the rows."""
    repository = source.repository
    named = f"'{repository}', '{source.config}'" if source.config else f"'{repository}'"
    at = ""
    if source.revision is not None:
        named, at = f"{named}, revision='{source.revision}'", f" --revision {source.revision}"
    return (
        f"Either run with {OPTION}=DIR, where DIR has {_layout(source)} (or the files that `hf "
        f"download {repository} --repo-type dataset{at} --local-dir DIR/{repository}` leaves); or "
        "pip install 'pytest-ftevals[hub]' and run with the network, or fill its cache first: "
        f'python -c "import datasets; datasets.load_dataset({named})"'
    )


def _layout(source: HubSource) -> str:
    config = f"{source.config}/" if source.config else ""
    return f"{source.repository}/{config}{source.split}.jsonl"
