"""Results: one candidate against the base on one task, as tests see it."""

from collections.abc import Callable, Iterator
from functools import partial

from pytest_ftevals.core.comparison import ROBUSTNESS, Comparison
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.subgroup import columns_of, read_subgroups, slices_by
from pytest_ftevals.core.suggest import did_you_mean
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.threshold import Decide, Operator, Quantity
from pytest_ftevals.verdicts.measure import Deciding, Measure, Recorder

Compare = Callable[[str, str | None], Comparison]
"""(metric, slice or None for the whole task) -> comparison; asked once a number is wanted."""
EarlyStop = Callable[[str, Quantity, Operator, float], Comparison | None]
"""(metric, threshold) -> the comparison on the first cases that decide it; None: it takes all."""


class Result:
    """What ``compare(task)`` returns: a measure for each of the task's metrics."""

    __slots__ = (
        "_against",
        "_candidate",
        "_compare",
        "_early",
        "_mode",
        "_record",
        "_slices",
        "_task",
    )

    def __init__(
        self,
        task: Task,
        candidate: str,
        *,
        compare: Compare,
        slices: tuple[str, ...],
        record: Recorder,
        mode: Decide = "point",
        early: EarlyStop | None = None,
        against: "Callable[[], Result] | None" = None,
    ) -> None:
        """Hold where comparisons come from; `slices` are the known ones (``language=de``).

        `mode` is what decides thresholds, which `record` is told of; `early` is None where all
        cases are asked; `against` gives the same candidate compared with the saved run.
        """
        self._task = task
        self._candidate = candidate
        self._compare = compare
        self._slices = slices
        self._record = record
        self._mode = mode
        self._early = early
        self._against = against

    @property
    def task(self) -> Task:
        """The task."""
        return self._task

    @property
    def candidate(self) -> str:
        """The candidate's name."""
        return self._candidate

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the task's metrics."""
        return self._task.metrics

    @property
    def slices(self) -> tuple[str, ...]:
        """The slices that measures can be taken on, such as ``language=de``."""
        return self._slices

    def __getitem__(self, metric: str) -> Measure:
        """Return the candidate's value of a metric as a measure.

        Raises FtevalsError, with the task's metrics, for any other name.
        """
        if metric not in self._task.metrics:
            raise self._unknown_metric(metric)
        return Measure(
            partial(self._compare, metric, None),
            "value",
            deciding=Deciding(
                record=self._record,
                mode=self._mode,
                early=None if self._early is None else partial(self._early, metric),
            ),
            slices=partial(self._on_slice, metric),
            groups=self._groups,
            first=metric == self._task.metrics[0],
        )

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the task's metrics."""
        return iter(self._task.metrics)

    def __len__(self) -> int:
        """Return the number of the task's metrics."""
        return len(self._task.metrics)

    def __bool__(self) -> bool:
        """Raise FtevalsError: ``assert compare(task)`` states no threshold."""
        raise FtevalsError(
            f"a result of task {self._task.name!r} is neither true nor false",
            fix=f"Compare a measure of it with a number: assert result[{self.metrics[0]!r}] >= 0.8",
        )

    def __contains__(self, metric: object) -> bool:
        """Return whether the task has that metric."""
        return metric in self._task.metrics

    @property
    def drop(self) -> Measure:
        """How much worse the candidate is on the task's first metric."""
        return self._first.drop

    @property
    def gain(self) -> Measure:
        """How much better the candidate is on the task's first metric."""
        return self._first.gain

    @property
    def value(self) -> float:
        """The candidate's value on the task's first metric, a plain number."""
        return self._first.value

    @property
    def robustness(self) -> Measure:
        """The first metric on varied cases, as a share of its value on the plain ones.

        1 where noise costs nothing; under 0.9 the candidate is brittle. One kind of noise alone is
        ``.slice("variation=typos")``. Raises FtevalsError, once a number is wanted, for a task
        without variations.
        """
        compare = partial(self._compare, ROBUSTNESS)
        return Measure(
            partial(compare, None),
            "value",
            deciding=Deciding(record=self._record, mode=self._mode),
            slices=compare,
            first=False,
        )

    @property
    def against(self) -> "Result":
        """The same candidate compared with the run that ``--ftevals-against`` names.

        Raises FtevalsError where the run names none.
        """
        if self._against is None:
            raise FtevalsError(
                "`against` compares with a saved run, and this run names none",
                where="--ftevals-against",
                fix="Save one with --ftevals-save NAME, then run with --ftevals-against NAME.",
            )
        return self._against()

    def __repr__(self) -> str:
        """Return ``<Result tickets, candidate r8: accuracy, f1_macro>``; computes nothing."""
        return f"<Result {self._task.name}, candidate {self._candidate}: {', '.join(self.metrics)}>"

    @property
    def _first(self) -> Measure:
        return self[self._task.metrics[0]]

    def _on_slice(self, metric: str, name: str) -> Comparison:
        over = read_subgroups(name)
        if name in self._slices or (over and over.column in columns_of(self._slices)):
            return self._compare(metric, name)
        listed = ", ".join(self._slices)
        raise FtevalsError(
            f"task {self._task.name!r} has no slice {name!r}",
            where=str(self._task.path),
            fix=f"{did_you_mean(name, self._slices)}Slices: {listed}."
            if listed
            else "Name the columns that make slices in the task file: `slices: [COLUMN]`.",
        )

    def _groups(self, column: str) -> dict[str, str]:
        columns = columns_of(self._slices)
        if column in columns:
            return slices_by(column, self._slices)
        raise FtevalsError(
            f"task {self._task.name!r} makes no slices of {column!r}",
            where=str(self._task.path),
            fix=f"{did_you_mean(str(column), columns)}Columns: {', '.join(columns)}."
            if columns
            else "Name the columns that make slices in the task file: `slices: [COLUMN]`.",
        )

    def _unknown_metric(self, metric: object) -> FtevalsError:
        return FtevalsError(
            f"task {self._task.name!r} has no metric {metric!r}",
            where=str(self._task.path),
            fix=f"{did_you_mean(str(metric), self.metrics)}Its metrics: {', '.join(self.metrics)}. "
            "Add others under `metrics:` in the task file.",
        )
