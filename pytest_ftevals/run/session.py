"""The conductor of one process: tasks, models, answers and scores, each made when first needed."""

import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.threshold import Decide
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.metrics.custom_found import metric_modules
from pytest_ftevals.planning.plan import Need, Plan, make_plan, request_of, requests_of
from pytest_ftevals.run.against import Against, find_against
from pytest_ftevals.run.against_result import result_against
from pytest_ftevals.run.answers import Answers, Counts
from pytest_ftevals.run.crash import crash
from pytest_ftevals.run.device import Device
from pytest_ftevals.run.early import Walks
from pytest_ftevals.run.groups import with_real_seeds
from pytest_ftevals.run.labelling import Labelling
from pytest_ftevals.run.library import Library
from pytest_ftevals.run.models import Models, find_models, peek_models
from pytest_ftevals.run.progress import Progress
from pytest_ftevals.run.replayed_answers import ReplayedAnswers
from pytest_ftevals.run.scores import TaskScores, levels_of
from pytest_ftevals.run.settings import Settings
from pytest_ftevals.run.tested import Tally
from pytest_ftevals.store.responses import Store
from pytest_ftevals.store.scores import ScoreStore
from pytest_ftevals.verdicts.measure import Recorder
from pytest_ftevals.verdicts.result import EarlyStop, Result

__all__ = ["Need", "PlanCounts", "Result", "Session"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCounts:
    """What a plan comes to; None where it cannot be known without loading something."""

    requests: int
    unique: int
    stored: int | None
    to_run: int | None


class Session:
    """Everything a run has in memory, below the plugin."""

    def __init__(self, settings: Settings, progress: Progress, *, alone: bool = True) -> None:
        """Open nothing yet; `alone`: whether this process, no worker, can measure requests."""
        self.settings = settings
        self.library = Library(settings.data)
        self._progress = progress
        self._alone = alone
        self._scores: dict[str, TaskScores] = {}
        self._models: Models | None = None
        self._temporary: Path | None = None
        self.declared: list[Need] = []
        """What the selected tests need, in their order."""
        self.gates = 1
        """Thresholds that the selected tests state; they share the error of refuting."""
        self.whole: frozenset[str] = frozenset()
        """Names of the tasks that are answered whole, whatever their thresholds need."""
        self.unloaded: tuple[str, ...] = ()
        """Why modules with custom metrics, which workers loaded, cannot be loaded here."""
        self._undeclared: list[Need] = []
        """What bodies asked besides, answered when they did."""
        self.labelling = Labelling()
        """Labels what failed tests show; what it learns is known to the record."""
        self._walks = Walks(lambda need: self.answer([need]))

    @cached_property
    def store(self) -> Store:
        """The store; a temporary one, removed at the end, where nothing is to be kept."""
        folder = self.settings.store
        if folder is None:
            self._temporary = folder = Path(tempfile.mkdtemp(prefix="ftevals-"))
        return Store(folder)

    @property
    def models(self) -> Models:
        """The variants, fingerprinted; raises FtevalsError where one cannot be found."""
        if self.settings.replay is not None:
            raise FtevalsError("a replay has no models", where="--ftevals-replay")
        if self._models is None:
            groups = self.settings.groups
            self._models = with_real_seeds(find_models(self.settings, self.store), groups)
        return self._models

    @cached_property
    def device(self) -> Device:
        """The engine, loaded when something must be computed."""
        return Device(self.settings, self.models, self.store, self._progress)

    @cached_property
    def answers(self) -> Answers | ReplayedAnswers:
        """The responses; raises FtevalsError where nothing can be asked at all."""
        if self.settings.replay is not None:
            return ReplayedAnswers(self.settings.replay)
        return Answers(self.device, self.store, self._progress, alone=self._alone)

    @property
    def family(self) -> int:
        """How many thresholds share the error of refuting one."""
        return self.settings.family or self.gates

    def count(self) -> PlanCounts:
        """Return what the plan comes to, touching no model, network or large file.

        What is stored is known only where an earlier run left its notes in the store.
        """
        plan = make_plan(self.declared)
        folder, replays = self.settings.store, self.settings.replay is not None
        kept = folder is not None and (folder / "responses.sqlite").exists()
        if not replays and not kept:
            return PlanCounts(requests=plan.asked, unique=plan.unique, stored=0, to_run=plan.unique)
        stored = None
        with suppress(FtevalsError, LookupError):
            stored = self._count_stored(plan)
        to_run = None if replays or stored is None else plan.unique - stored
        return PlanCounts(requests=plan.asked, unique=plan.unique, stored=stored, to_run=to_run)

    def _count_stored(self, plan: Plan) -> int | None:
        """Return how many of the plan's requests are stored; None where no run left its notes."""
        if self.settings.replay is None:
            self._models = self._models or peek_models(self.settings, self.store)
        if not isinstance(self.answers, Answers):
            self.answers.take(self.declared)
            return self.answers.answered(plan)
        if not self.device.resolved:
            return None
        asked = plan.requests.items()
        keys = [key for one in asked for key in self.answers.keys(*one).values()]
        present = self.store.present(keys)
        return sum(key in present for key in keys)

    def answer(self, needs: Iterable[Need] | None = None) -> None:
        """Answer `needs`, or all that the selected tests declared.

        Raises FtevalsError where nothing can be asked at all, and where the engine crashes.
        """
        wanted = self.declared if needs is None else [*needs]
        try:
            if isinstance(self.answers, Answers):
                self.answers.answer(make_plan(wanted))
            else:
                self.answers.take(wanted)
        except FtevalsError:
            raise
        except Exception as error:
            raise crash(error) from error

    def response(self, task: Task, case: Case, variant: str, sample: int = 0) -> Response:
        """Return the response to one case; an undeclared task is answered whole, at once.

        All variants measure one together, as they do where it is declared: case by case, in turn.
        Raises FtevalsError, naming the case, where it could not be answered.
        """
        request = request_of(task, case, sample)
        found = self.answers.get(variant, request)
        if found is None:
            cases = task.cases if case.plain is None else task.varied
            together = self.settings.variants if task.kind == "deployment" else (variant,)
            whole = Need(task=task, cases=cases, variants=together)
            self._undeclared.append(whole)
            self.answer([whole])
            found = self.answers.get(variant, request)
        if found is None:  # a case that is not the task's own
            self.answer([Need(task=task, cases=(case,), variants=(variant,))])
            found = self.answers.get(variant, request)
        if found is None or found.error is not None:
            raise self._unanswered(task, case, variant, sample, found)
        return found

    def failure(self, task: Task, case: Case, variant: str) -> str | None:
        """Return why a planned case has no answer, naming it; None where it has all."""
        for sample, request in enumerate(requests_of(task, case)):
            found = self.answers.get(variant, request)
            if found is None or found.error is not None:
                return str(self._unanswered(task, case, variant, sample, found))
        return None

    def scores(self, task: Task) -> TaskScores:
        """Return a task's scores and comparisons."""
        if task.name not in self._scores:

            def respond(variant: str, case: Case, sample: int) -> Response:
                return self.response(task, case, variant, sample)

            self._scores[task.name] = TaskScores(
                task,
                respond,
                levels=levels_of(self.settings.confidence, self.family),
                kept=ScoreStore(self.store),
                groups=self.settings.groups,
                against=self.against,
            )
        return self._scores[task.name]

    @cached_property
    def against(self) -> Against | None:
        """The saved run that candidates are compared with besides the base; None where none is."""
        return find_against(self.settings, lambda: self.device)

    def result(
        self, task: Task, candidate: str, record: Recorder, mode: Decide | None = None
    ) -> Result:
        """Return what ``compare(task)`` gives a test; thresholds are told to `record`.

        `mode` is what decides them; None: what the run's settings say.
        """
        if isinstance(self.answers, Answers):
            self.answers.check((BASE, *self.settings.seeds(candidate)))
        scores, mode = self.scores(task), mode or self.settings.decide
        return Result(
            task,
            candidate,
            compare=lambda name, where: scores.compare(candidate, name, where),
            slices=scores.slices,
            record=record,
            mode=mode,
            early=self._early(task, candidate),
            against=result_against(scores, candidate, record, mode),
        )

    def _early(self, task: Task, candidate: str) -> EarlyStop | None:
        """Return how thresholds on a task are decided on a part of its cases; None: on all."""
        if not self.settings.early_stop or task.name in self.whole or task.kind == "deployment":
            return None
        grouped = candidate in self.settings.groups  # seeds add noise that no walk knows
        if grouped or (self.settings.replay is None and self.device.takes_turns):
            return None
        return self._walks.stop(
            self.scores(task),
            candidate,
            confidence=self.settings.confidence,
            family=self.family,
        )

    def tally(self, worker: str, tests: Sequence[str], *, answered: bool) -> Tally:
        """Return what this process counted; `answered`: whether it got as far as answering."""
        plan = make_plan(self.declared)
        counts, found, errors = Counts(), 0, {}
        if answered:
            # Where nothing can be asked at all, every test's set-up says why.
            with suppress(FtevalsError):
                counts, found = self.answers.counts, self.answers.answered(plan)
                errors = self.answers.errors()
        return Tally(
            worker=worker,
            tests=tuple(tests),
            requests=plan.asked,
            unique=plan.unique,
            variants=len(plan.requests),
            answered=found,
            computed=counts.computed,
            seconds=counts.seconds,
            gates=self.gates,
            errors=tuple((*asked, why) for asked, why in errors.items()),
            walked=self._walks.walked,
            besides=tuple(
                (str(need.task.path), one) for need in self._undeclared for one in need.variants
            ),
            metric_modules=metric_modules(),
            import_path=tuple(sys.path),
        )

    def close(self) -> None:
        """Free the models and the store."""
        try:
            if "device" in self.__dict__:
                self.device.close()
            if "store" in self.__dict__:
                self.store.close()
        finally:
            if self._temporary is not None:
                shutil.rmtree(self._temporary, ignore_errors=True)

    def _unanswered(
        self, task: Task, case: Case, variant: str, sample: int, found: Response | None
    ) -> FtevalsError:
        answers = self.answers
        source = self.device if isinstance(answers, Answers) else answers
        if (unusable := source.failure(variant)) is not None:
            return FtevalsError(unusable)  # the variant's fault: no case is to blame
        if found is None and not isinstance(answers, Answers):
            return answers.missing(task, case, variant, sample)
        return FtevalsError(
            "it was not answered" if found is None else str(found.error),
            where=f"{variant} on {task.named(case.id, sample)} of task {task.name} ({case.source})",
        )
