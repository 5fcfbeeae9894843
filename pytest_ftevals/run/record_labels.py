"""How the answers of a record are labelled: judged anew, or in a replay as they were judged."""

from collections.abc import Callable
from contextlib import suppress

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import Sample
from pytest_ftevals.run.labelling import Labelling
from pytest_ftevals.run.replayed_answers import ReplayedAnswers
from pytest_ftevals.run.session import Session

_INTERRUPTED = 2
"""pytest's exit status after Ctrl-C."""


def record_labelling(session: Session, find_judge: Callable[[], object] | None) -> Labelling:
    """Return what labels a record's answers; it asks no rule again what failed tests asked it.

    Ctrl-C ends the asking and costs no report: all that was paid for is in it.
    """
    judged: Callable[[Sample], bool] | None = None
    if session.settings.replay is not None:
        judged = _never
        with suppress(FtevalsError):  # the tests failed with this message
            if isinstance(answers := session.answers, ReplayedAnswers):
                judged = answers.found_bad
    memory = session.labelling.memory
    return Labelling(find_judge, memory=memory, judged=judged, at_end=True)


def status_after(labelling: Labelling, exitstatus: int | None) -> int | None:
    """Return pytest's exit status: interrupted, where the labelling was."""
    return _INTERRUPTED if labelling.interrupted else exitstatus


def _never(_: Sample) -> bool:
    return False
