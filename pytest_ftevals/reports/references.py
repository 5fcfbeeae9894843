"""What candidates are compared with besides the base."""

from pytest_ftevals.core.record import ComparisonRow, Record


def is_against_saved(row: ComparisonRow, record: Record) -> bool:
    """Return whether a row compares with the saved run: a single candidate may have its name."""
    saved = record.run.get("against")
    return isinstance(saved, dict) and row.reference == saved.get("name")
