"""What a row of the delta table speaks of, and what it is compared with besides the base."""

from pytest_ftevals.core.record import ComparisonRow, Record
from pytest_ftevals.core.variant import BASE


def is_against_saved(row: ComparisonRow, record: Record) -> bool:
    """Return whether a row compares with the saved run: a single candidate may have its name."""
    saved = record.run.get("against")
    return isinstance(saved, dict) and row.reference == saved.get("name")


def place_of(row: ComparisonRow) -> str:
    """Return a row's measure in words: ``tickets language=de accuracy``."""
    return " ".join(filter(None, [row.task, row.slice, row.metric]))


def subject_of(row: ComparisonRow) -> str:
    """Return what a row compares: ``r8 on tickets accuracy``, ``... against r16``."""
    against = "" if row.reference == BASE else f" against {row.reference}"
    return f"{row.candidate} on {place_of(row)}{against}"
