"""Report files on disk, each replaced as a whole."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.formats import FORMATS
from pytest_ftevals.run.files import make_writable, replaced, why_unwritable


def check_folder(folder: Path) -> None:
    """Make the report's folder now; raises FtevalsError where that is impossible.

    Found out after an hour of answering, it would cost the report.
    """
    try:
        make_writable(folder)
    except OSError as error:
        raise _unwritable(folder, error) from error


def write_report(folder: Path, record: Record, samples: Sequence[Sample]) -> tuple[Path, ...]:
    """Write every format; raises FtevalsError where the folder is not writable."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in FORMATS:
            path = folder / one.file
            _replace(path, one.parts(record, samples))
            written.append(path)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return tuple(written)


def _unwritable(folder: Path, error: OSError) -> FtevalsError:
    return FtevalsError(
        f"the report cannot be written: {why_unwritable(folder, error)}",
        where=f"--ftevals-report {folder}",
        fix="Give a folder that this process may write to.",
    )


def _replace(path: Path, parts: Iterable[str]) -> None:
    with replaced(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(parts)
