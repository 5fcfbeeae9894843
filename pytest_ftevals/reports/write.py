"""Report files on disk, each replaced as a whole."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.files import make_writable, replaced, why_unwritable
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.formats import report_files
from pytest_ftevals.reports.model_card.files import is_by_hand, stale_cards

OPTION = "--ftevals-report"


def check_folder(folder: Path, *, given: str = OPTION) -> None:
    """Make the report's folder now; raises FtevalsError where that is impossible.

    Found out after an hour of answering, it would cost the report. `given` is the option that
    named the folder, for messages.
    """
    try:
        make_writable(folder)
    except OSError as error:
        raise _unwritable(folder, error, given) from error


def write_report(
    folder: Path, record: Record, samples: Sequence[Sample], *, given: str = OPTION
) -> tuple[Path, ...]:
    """Write every format; return the paths. A model card that a person wrote stays as it is.

    Raises FtevalsError where the folder is not writable.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, parts in report_files(record, samples):
            path = folder / name
            if not is_by_hand(path):
                _replace(path, parts)
                written.append(path)
        for path in stale_cards(folder, [one.name for one in written]):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(folder, error, given) from error
    return tuple(written)


def _unwritable(folder: Path, error: OSError, given: str) -> FtevalsError:
    return FtevalsError(
        f"the report cannot be written: {why_unwritable(folder, error)}",
        where=f"{given} {folder}",
        fix="Give a folder that this process may write to.",
    )


def _replace(path: Path, parts: Iterable[str]) -> None:
    with replaced(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(parts)
