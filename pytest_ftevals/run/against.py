"""The saved run that candidates are compared with, besides the base."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE, Variant
from pytest_ftevals.run.baseline import Baseline, conditions_of
from pytest_ftevals.run.baseline_check import metric_differences, task_differences
from pytest_ftevals.run.baseline_file import baseline_path, read_baseline
from pytest_ftevals.run.device import Device
from pytest_ftevals.run.facts import shown_path
from pytest_ftevals.run.settings import Settings


class Against:
    """A saved run, read and checked when first needed."""

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        root: Path,
        conditions: Callable[[], Mapping[str, JSON]],
        window: Callable[[], int | None],
    ) -> None:
        """Read nothing yet; `conditions` gives what this run's answers depend on.

        `window` gives the tokens of the windows that it reads whole texts in.
        """
        self.name = name
        self._folder = folder
        self._where = shown_path(baseline_path(folder, name), root)
        self._conditions = conditions
        self._window = window
        self._differences: dict[str, tuple[str, ...]] = {}
        """Task -> why it cannot be compared; empty where it can."""
        self._scores: dict[tuple[str, str], Mapping[str, Score]] = {}
        """(task, metric) -> the saved candidate's scores."""

    @cached_property
    def baseline(self) -> Baseline:
        """What was saved; raises FtevalsError where that is missing or damaged."""
        return read_baseline(self._folder, self.name)

    def check(self, task: Task) -> None:
        """Raise FtevalsError, listing what differs, where a task cannot be compared."""
        found = self._of_task(task)
        if found:
            raise self._refusal(f"task {task.name!r}", found)

    def scores(self, task: Task, metric: str) -> Mapping[str, Score]:
        """Return the saved candidate's score of every case.

        Raises FtevalsError where the task or the metric cannot be compared.
        """
        key = (task.name, metric)
        if key not in self._scores:
            self.check(task)
            found = metric_differences(self.baseline, task, metric)
            if found:
                raise self._refusal(f"{metric} on task {task.name!r}", found)
            self._scores[key] = self.baseline.tasks[task.name].scores(metric)
        return self._scores[key]

    def facts(self) -> JSON:
        """Return which run was saved, for the record; None where it is missing or damaged."""
        try:
            saved = self.baseline
        except FtevalsError:
            return None
        found: dict[str, JSON] = {"name": self.name, "path": self._where}
        return found | {"candidate": asdict(saved.candidate), "base": asdict(saved.base)}

    def notes(self, tasks: Iterable[Task], base: Variant) -> Iterator[str]:
        """Yield what a reader should know: what was not compared, another base; a line each.

        Raises FtevalsError where the saved run is missing or damaged.
        """
        for task in tasks:
            found = self._of_task(task)
            if found:
                yield f"{task.name} was not compared with {self.name}: {'; '.join(found)}"
                continue
            for metric in task.metrics:
                found = metric_differences(self.baseline, task, metric)
                if found:
                    what = f"{metric} on {task.name}"
                    yield f"{what} was not compared with {self.name}: {'; '.join(found)}"
        saved = self.baseline.base
        if saved.fingerprint != base.fingerprint:
            yield f"{self.name} ran on another base when it was saved: {saved.source}"

    def _of_task(self, task: Task) -> tuple[str, ...]:
        if task.name not in self._differences:
            baseline = self.baseline
            self._differences[task.name] = task_differences(
                baseline, task, self._conditions(), self._window()
            )
        return self._differences[task.name]

    def _refusal(self, what: str, found: tuple[str, ...]) -> FtevalsError:
        saved = self.baseline.candidate
        lines = "".join(f"\n    {line}" for line in found)
        return FtevalsError(
            f"{what} cannot be compared with the saved run {self.name!r}:{lines}",
            where=self._where,
            fix=f"To renew it, run the tests with the model that it holds: --ftevals-candidate="
            f"{saved.name}={saved.source} --ftevals-save={self.name}",
        )


def find_against(settings: Settings, device: Callable[[], Device]) -> Against | None:
    """Return the saved run that a run names, not yet read; None where it names none.

    `device` knows what the run's answers depend on, once models are known.
    """
    if settings.against is None:
        return None

    def conditions() -> Mapping[str, JSON]:
        if settings.replay is not None:
            raise FtevalsError(
                "a replay is not compared with a saved run: its record does not hold all that its "
                "answers depended on",
                where="--ftevals-against",
                fix="Run the tests without --ftevals-replay, or those that use `against` apart.",
            )
        return conditions_of(device().context(BASE))

    folder, root = settings.baselines, settings.root
    return Against(
        folder, settings.against, root=root, conditions=conditions, window=lambda: device().window
    )


def check_against(against: Against, settings: Settings) -> None:
    """Raise FtevalsError where the saved run is missing or damaged, or its name a candidate's.

    A run that renews what it compares with needs none yet: the tests that do compare say so.
    """
    if settings.save == settings.against:
        return
    several = len(settings.candidates) > 1
    if several and against.name in (*settings.variants, *settings.compared):
        raise FtevalsError(
            f"a candidate and the saved run are both called {against.name!r}",
            where="--ftevals-against",
            fix="Give the candidate another name: --ftevals-candidate NAME=MODEL",
        )
    against.baseline  # noqa: B018 - reading it shows whether it is there and whole
