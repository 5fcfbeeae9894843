"""``pass_rate``: a test's body run for every case and sample, for base and one candidate."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.threshold import MODES
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.plugin.asking import Model, Notes
from pytest_ftevals.plugin.declare import RateCases
from pytest_ftevals.plugin.interest import PASS_RATE
from pytest_ftevals.run.rates import decide_rate
from pytest_ftevals.run.tested import Rate

if TYPE_CHECKING:
    from pytest_ftevals.plugin.evals import Evals

Body = Callable[[Case, Model], None]

_SKIP_BY_CASE = "Skip by what the case says, never by what a model answered: that is a miss."


@dataclass(slots=True)
class _Tally:
    """One variant's outcomes, case by case."""

    outcomes: dict[str, float | None] = field(default_factory=dict)
    """Case id -> share of its samples that passed; None where the body skipped it."""
    reasons: dict[str, str] = field(default_factory=dict)
    """``case ID`` -> first line of why it missed or was skipped, for every sample of a case."""


def run_pass_rate(item: pytest.Function, evals: "Evals") -> None:
    """Run the body for every case and both variants, then decide; fails the test by its rate."""
    __tracebackhide__ = True
    mark = item.get_closest_marker(PASS_RATE)
    chosen = item.funcargs["case"]
    candidate = item.funcargs["model"]
    if mark is None or not isinstance(chosen, RateCases) or not isinstance(candidate, Model):
        raise FtevalsError(
            "pass_rate needs the plugin's own `case` and `model`; a fixture hides them"
        )
    # Arguments with defaults, and those that mock.patch hands in, are no fixtures.
    names = set(inspect.signature(item.obj).parameters) & set(item.funcargs)
    fixed = {name: item.funcargs[name] for name in names - {"case", "model"}}
    misses = mark.kwargs.get("misses", ())
    counted = tuple(misses) if isinstance(misses, tuple | list) else (misses,)

    def body(case: Case, model: Model) -> None:
        __tracebackhide__ = True
        item.obj(**fixed, case=case, model=model)

    notes = evals.notes[item.nodeid]
    tallies = {
        model.name: _run(body, chosen.task, chosen.cases, model, counted)
        for model in (Model(BASE, evals.session, notes), candidate)
    }
    if len(chosen.cases) < len(chosen.task.cases):
        raise FtevalsError(
            f"{len(chosen.cases):,} of {len(chosen.task.cases):,} cases ran: the rate is not "
            f"decided{_listed(tallies[candidate.name])}\n  Run it without --ftevals-case."
        )
    _check_skips(tallies, candidate.name)
    rate = Rate(
        metric=item.obj.__name__,
        task=chosen.task.name,
        candidate=candidate.name,
        base=tallies[BASE].outcomes,
        scores=tallies[candidate.name].outcomes,
    )
    _decide(evals, notes, rate, mark.kwargs, tallies[candidate.name])


def _check_skips(tallies: Mapping[str, "_Tally"], candidate: str) -> None:
    """Raise FtevalsError where one side skipped a case that the other was judged on.

    Leaving such cases out would let a candidate pass on those that suit it.
    """
    skipped = {
        name: {case for case, outcome in tally.outcomes.items() if outcome is None}
        for name, tally in tallies.items()
    }
    uneven = skipped[BASE] ^ skipped[candidate]
    if uneven:
        first = min(uneven, key=list(tallies[BASE].outcomes).index)
        who = BASE if first in skipped[BASE] else candidate
        raise FtevalsError(
            f"the body skipped {len(uneven):,} cases for one of base and {candidate} only, so the "
            f"rate is not decided; the first is case {first}, skipped for {who}",
            fix=_SKIP_BY_CASE,
        )


def _run(
    body: Body, task: Task, cases: tuple[Case, ...], model: Model, counted: tuple[Any, ...]
) -> _Tally:
    """Return one variant's outcomes: of every case the share of its samples that passed.

    Raises FtevalsError where the body skipped a part of a case's samples.
    """
    __tracebackhide__ = True
    tally = _Tally()
    for case in cases:
        passed: list[bool | None] = []
        for sample in range(task.samples):
            named = task.named(case.id, sample)
            outcome, why = _outcome(body, case, model.at(sample), counted, named)
            passed.append(outcome)
            if outcome is not True:
                tally.reasons[named] = why
        skipped = passed.count(None)
        if skipped not in (0, len(passed)):
            raise FtevalsError(
                f"the body skipped {skipped} of the {len(passed)} samples of case {case.id} for "
                f"{model.name}, so the rate is not decided",
                fix=_SKIP_BY_CASE,
            )
        tally.outcomes[case.id] = None if skipped else passed.count(True) / len(passed)
    return tally


def _outcome(
    body: Body, case: Case, model: Model, counted: tuple[Any, ...], named: str
) -> tuple[bool | None, str]:
    """Return whether the body passed on one answer (None: skipped), and why not.

    An error of the body itself is raised, never a miss. A bug in the body would otherwise miss
    every case of base and candidate alike, and `drop` would hold.
    """
    __tracebackhide__ = True
    try:
        body(case, model)
    except pytest.skip.Exception as skipped:
        return None, f"skipped: {skipped}"
    except FtevalsError:
        raise
    except (AssertionError, pytest.fail.Exception, *counted) as miss:
        return False, str(miss).partition("\n")[0] or type(miss).__name__
    except Exception as error:
        error.add_note(f"raised on {named} for {model.name}; not counted as a miss")
        raise
    return True, ""


def _decide(
    evals: "Evals", notes: Notes, rate: Rate, bounds: Mapping[str, Any], tally: _Tally
) -> None:
    __tracebackhide__ = True
    notes.rate = rate
    failed = decide_rate(
        evals.session,
        rate,
        at_least=bounds.get("at_least"),
        drop=bounds.get("drop"),
        mode=MODES[bounds.get("decide", evals.settings.decide)],
        record=notes.state,
    )
    if failed:
        pytest.fail("\n".join(failed) + _listed(tally), pytrace=False)


def _listed(tally: _Tally, most: int = 5) -> str:
    """Return the first misses, a line each; what models wrote is shown without control codes."""
    shown = ["\n  " + _plain(f"{named}: {why}") for named, why in tally.reasons.items()]
    more = len(shown) - most
    return "".join(shown[:most]) + (f"\n  and {more:,} more" if more > 0 else "")


def _plain(text: str, most: int = 200) -> str:
    return "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:most]
    )
