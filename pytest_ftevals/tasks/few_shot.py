"""Few-shot examples: which rows stand before a case, and that none of them is a case itself."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.columns import Columns
from pytest_ftevals.tasks.data_source import DataAccess, read_data
from pytest_ftevals.tasks.rows import Row
from pytest_ftevals.tasks.task_file import FewShot, TaskFile


class Examples:
    """The rows of a few-shot file, by the columns in which they match a case."""

    def __init__(
        self, task_file: TaskFile, settings: FewShot, columns: Columns, access: DataAccess
    ) -> None:
        """Read the rows; raises FtevalsError as `read_data` does, or for an absent column."""
        pool = read_data(
            task_file,
            settings.data,
            key="few_shot.data",
            access=access,
            # A training split may have a hundred thousand rows, of which the first few are shown.
            most=None if settings.match else settings.count,
        )
        self._settings = settings
        self._where = task_file.where("few_shot.count")
        self._groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in map(columns.added, pool.rows):
            self._groups[self.key(row)].append(row)
        self.sha256 = pool.sha256

    def key(self, row: Row) -> tuple[str, ...]:
        """Return what a row's examples are chosen by; rows of one key have the same examples."""
        return tuple(row.text(column, "few_shot.match") for column in self._settings.match)

    def rows(self, row: Row) -> tuple[Row, ...]:
        """Return the first examples that match a row; raises FtevalsError for too few."""
        key = self.key(row)
        group = self._groups.get(key, [])
        count = self._settings.count
        if len(group) < count:
            pairs = zip(self._settings.match, key, strict=True)
            matching = " and ".join(f"{column} {value!r}" for column, value in pairs)
            of = f" with {matching}" if matching else ""
            raise FtevalsError(
                f"`few_shot` needs {count} examples{of}, and {self._settings.data} has "
                f"{len(group)}",
                where=self._where,
                fix=f"The first case that needs them is {row.where}. Add examples there or "
                "lower `count`.",
            )
        return tuple(group[:count])


def check_overlap(shown: Mapping[str, str], asked: Iterable[tuple[str, str]]) -> None:
    """Refuse an example whose question is also asked, for its prompt would hold the answer.

    Both hold questions, compared without regard to white space, and the places of their rows.
    """
    if not shown:
        return
    examples = {_plain(question): where for question, where in shown.items()}
    for question, where in asked:
        example = examples.get(_plain(question))
        if example is not None:
            raise FtevalsError(
                f"this few-shot example asks the same as the case {where}",
                where=example,
                fix="Take examples from rows that are not evaluated, or drop the case. A benchmark "
                "that is asked as it was published may write `overlap: allow` under `few_shot`.",
            )


def _plain(question: str) -> str:
    return " ".join(question.split())
