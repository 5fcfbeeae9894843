"""What stops lm-eval from building a task, as one message: missing data, or a mistake."""

from importlib.metadata import version

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.data_source import DataAccess, MissingDataError
from pytest_ftevals.tasks.lm_eval.source import LmEvalSource

_ON_DISK = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
_ELSEWHERE = ("://", "on the Hugging Face Hub")
"""What messages of `datasets` hold that are about the hub, whatever their kind."""
_LONGEST = 300


class NotFoundError(OSError):
    """Something that lm-eval looks for on the hub by itself, and goes on without."""


def refusal(error: Exception, source: LmEvalSource, access: DataAccess) -> FtevalsError:
    """Return what to raise for an error of lm-eval, or of a task's own code.

    MissingDataError where the hub, a data set or the network fails. A file that is not there or
    cannot be read is a mistake like others: no network would bring it.
    """
    said = _first_line(error)
    if isinstance(error, OSError) and not _is_on_disk(error):
        return MissingDataError(
            f"lm-eval finds no data for it: {said}",
            where=source.where(),
            fix="lm-eval gets data sets and metrics from the hub by itself: run once with the "
            "network" + (" (without --ftevals-offline)." if access.offline else "."),
            later=access.collecting and not access.offline,
        )
    if isinstance(error, OSError):
        return FtevalsError(
            f"lm-eval cannot read a file for it: {said}",
            where=source.where(),
            fix="Look at the paths in the task's YAML file (data_files, include), and at those "
            "that its own code opens.",
        )
    if isinstance(error, ImportError):
        return FtevalsError(
            f"lm-eval needs a library for it that is not installed: {said}",
            where=source.where(),
            fix="Install it; lm-eval's own extras (such as lm_eval[math]) name what tasks need.",
        )
    return FtevalsError(
        f"lm-eval {version('lm_eval')} cannot build it: {type(error).__name__}: {said}",
        where=source.where(),
    )


def _is_on_disk(error: OSError) -> bool:
    """Return whether an error is about a file of this machine; errors of libraries are not."""
    plain = type(error).__module__ == "builtins" and isinstance(error, _ON_DISK)
    return plain and not any(one in str(error) for one in _ELSEWHERE)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:_LONGEST] if lines else type(error).__name__
