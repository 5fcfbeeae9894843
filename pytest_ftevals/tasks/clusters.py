"""Clusters: cases that belong together, for their rows have one value in the same column."""

from collections.abc import Collection

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.rows import Row
from pytest_ftevals.tasks.task_file import TaskFile


def cluster_of(row: Row, column: str | None) -> str | None:
    """Return the cluster of a row, its column's value as text; None where there is no column.

    Raises FtevalsError naming the row where it lacks the column or has nothing in it.
    """
    if column is None:
        return None
    text = row.text(column, "cluster")
    # Rows without a value belong to nothing; taken as they are, they would all belong together.
    if row.values[column] is None or not text.strip():
        raise FtevalsError(
            f"`cluster` names the column {column!r}, which is empty in this row",
            where=row.where,
            fix="Give a case that stands alone a value of its own there.",
        )
    return text


def check_clusters(task_file: TaskFile, cases: Collection[Case]) -> None:
    """Refuse a single cluster: there is no spread among clusters to measure.

    Raises FtevalsError at the key. As many clusters as cases are fine: the cases are independent.
    """
    found = {case.cluster for case in cases}
    if task_file.cluster is not None and len(found) == 1:
        raise FtevalsError(
            f"`cluster` names the column {task_file.cluster!r}, and every case has the same value "
            f"in it, {str(found.pop())[:40]!r}",
            where=task_file.where("cluster"),
            fix="A single cluster says nothing of the spread among clusters. Name a column with "
            "two values or more, or leave `cluster` out.",
        )
