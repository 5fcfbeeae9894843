"""What is refused before anything is loaded: options and tests that cannot go together."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.plugin.needs import case_ids, is_skipped
from pytest_ftevals.run.against import check_against
from pytest_ftevals.run.models import check_models
from pytest_ftevals.run.saving import check_saving
from pytest_ftevals.run.write import check_folder

if TYPE_CHECKING:
    from pytest_ftevals.plugin.evals import Evals


def check_run(evals: "Evals", items: Sequence[pytest.Item]) -> None:
    """Refuse what can be seen wrong without a model; raises FtevalsError."""
    if sys.flags.optimize:
        raise FtevalsError(
            "python -O removes assert statements, and the thresholds with them",
            fix="Run pytest without -O and with PYTHONOPTIMIZE unset.",
        )
    _check_cases(evals, items)
    if all(map(is_skipped, items)):
        return
    _check_base(evals)
    if evals.settings.replay is None:
        check_models(evals.settings)
    else:
        evals.session.answers  # noqa: B018 - reading them shows whether they are whole
    names = {name for item in items for name in getattr(item, "fixturenames", ())}
    named = evals.settings.candidates or evals.settings.nothing_changed
    if not named and names & {"_ftevals_candidate", "_ftevals_compare"}:
        raise FtevalsError(
            "no candidate is named, and the selected tests need one",
            where="--ftevals-candidate",
            fix="Run pytest with --ftevals-candidate ADAPTER (a folder or hub id), or set "
            "ftevals_candidate in the ini file.",
        )
    if evals.settings.save is not None:
        check_saving(evals.settings)
    if evals.session.against is not None:
        check_against(evals.session.against, evals.settings)
    if evals.settings.report is not None:
        check_folder(evals.settings.report)
    if evals.settings.store is not None and evals.settings.store.exists():
        evals.session.store  # noqa: B018 - opening it shows whether it is usable


def _check_base(evals: "Evals") -> None:
    """Raise FtevalsError where no base is known, and nothing but the command line could name it."""
    if evals.settings.replay is not None:
        evals.settings.replay.check_base()
    elif evals.settings.base is None and evals.config.inipath is None:
        raise FtevalsError(
            "no base model is named, and pytest read no ini file that could name one",
            where="--ftevals-base",
            fix="Name it with --ftevals-base=MODEL. If there is an ini file with ftevals_base: "
            "pytest looks for it from every argument that is a path, so write models as "
            "--ftevals-candidate=PATH, with an equals sign, or name the tests' folder too.",
        )


def _check_cases(evals: "Evals", items: Sequence[pytest.Item]) -> None:
    """Raise FtevalsError where ``--ftevals-case`` names a case that no selected test has.

    A task may well lack it: its tests are skipped, as the user asked for another's.
    """
    known = {one for item in items for one in case_ids(item)} if evals.settings.cases else set()
    lost = [one for one in evals.settings.cases if one not in known]
    if lost:
        tasks = evals.session.library.tasks
        ids = [f"{one.name} from {one.cases[0].id} to {one.cases[-1].id}" for one in tasks]
        raise FtevalsError(
            f"no selected test has a case {lost[0]!r}",
            where="--ftevals-case",
            fix=f"Cases are: {', '.join(ids)}." if ids else "No test has TASK.cases().",
        )
