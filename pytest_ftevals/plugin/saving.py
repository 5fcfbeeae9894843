"""``--ftevals-save`` at the end of a run: what was saved is said, or why nothing was."""

from dataclasses import dataclass

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.plugin.mistakes import printable
from pytest_ftevals.run.saving import save_run
from pytest_ftevals.run.session import Session
from pytest_ftevals.run.tested import Gathered


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What became of a run that was to be saved."""

    said: str
    """The file and what is in it; empty where nothing was saved."""
    lacks: tuple[str, ...]
    """Why nothing was saved, or which tasks were not, a line each."""

    @property
    def failed(self) -> bool:
        """Whether nothing was saved: the run is then in error, whatever its tests say."""
        return not self.said

    def status_after(self, exitstatus: int) -> int:
        """Return pytest's exit status: wrong usage where a green run was not saved."""
        wrong = self.failed and exitstatus == pytest.ExitCode.OK
        return int(pytest.ExitCode.USAGE_ERROR if wrong else exitstatus)


def save(session: Session, gathered: Gathered, name: str) -> Saving:
    """Save a run; a mistake is kept for the summary, which an exception would cost the user."""
    try:
        found = save_run(session, gathered, name)
    except FtevalsError as error:
        return Saving(said="", lacks=(str(error),))
    number = f"{len(found.tasks)} task{'' if len(found.tasks) == 1 else 's'}"
    lacks = tuple(f"not saved: {line}" for line in found.left_out)
    return Saving(said=f"saved: {found.path} ({number})", lacks=lacks)


def show_saving(terminal: pytest.TerminalReporter, saving: Saving) -> None:
    """Write what was saved and what was not."""
    if saving.failed:
        terminal.write_sep("=", "ftevals: nothing saved")
    else:
        terminal.write_line(printable(saving.said))
    for line in saving.lacks:
        terminal.write_line(printable(line), red=True)
