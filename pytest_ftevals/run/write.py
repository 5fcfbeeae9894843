"""Report files on disk, each replaced as a whole."""

from collections.abc import Iterable
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.record_json import record_to_text
from pytest_ftevals.reports.samples import sample_line
from pytest_ftevals.run.files import make_writable, replaced, why_unwritable


def check_folder(folder: Path) -> None:
    """Make the report's folder now; raises FtevalsError where that is impossible.

    Found out after an hour of answering, it would cost the report.
    """
    try:
        make_writable(folder)
    except OSError as error:
        raise _unwritable(folder, error) from error


def write_report(folder: Path, record: Record, samples: Iterable[Sample]) -> tuple[Path, ...]:
    """Write record.json and samples.jsonl; raises FtevalsError where the folder is not writable."""
    record_path, samples_path = folder / "record.json", folder / "samples.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(record_path, [record_to_text(record)])
        _replace(samples_path, (sample_line(one) + "\n" for one in samples))
    except OSError as error:
        raise _unwritable(folder, error) from error
    return record_path, samples_path


def _unwritable(folder: Path, error: OSError) -> FtevalsError:
    return FtevalsError(
        f"the report cannot be written: {why_unwritable(folder, error)}",
        where=f"--ftevals-report {folder}",
        fix="Give a folder that this process may write to.",
    )


def _replace(path: Path, parts: Iterable[str]) -> None:
    with replaced(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(parts)
