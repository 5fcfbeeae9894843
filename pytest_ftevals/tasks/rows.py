"""Rows: the records of a data set, each with the place it stands at."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_ftevals.core.canonical import JSON, canonical
from pytest_ftevals.core.errors import FtevalsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record of a data file."""

    values: dict[str, JSON]
    """Column -> value; every value of a CSV file is a text."""
    where: str
    """``FILE:LINE`` on which it begins; in a table ``FILE:NUMBER`` of the row, from 1."""
    withheld: Mapping[str, str] = field(default_factory=dict)
    """Column -> why nothing can be done with its value, which `values` then lacks."""

    def text(self, column: str, key: str) -> str:
        """Return a column as text (numbers, true, false and null as JSON spells them).

        Raises FtevalsError where the row lacks the column that `key` of the task file names.
        """
        if column not in self.values and column in self.withheld:
            raise FtevalsError(
                f"`{key}` names the column {column!r}, which {self.withheld[column]}",
                where=self.where,
                fix="Write it as text, or name another column.",
            )
        if column not in self.values:
            raise FtevalsError(
                f"`{key}` names the column {column!r}, which this row lacks",
                where=self.where,
                fix=f"Columns of the row: {', '.join(self.values)}.",
            )
        value = self.values[column]
        return value if isinstance(value, str) else canonical(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All records of a data set, at least one."""

    rows: tuple[Row, ...]
    sha256: str
    """Of the file's bytes; of the rows' values where they come from a hub data set. 64 hex
    digits."""
