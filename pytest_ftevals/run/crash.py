"""An engine's crash, told as a mistake."""

import traceback

from pytest_ftevals.core.errors import FtevalsError


def crash(error: Exception) -> FtevalsError:
    """Return an engine's crash as a mistake that shows where it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    return FtevalsError(
        f"the engine crashed: {type(error).__name__}: {error}",
        where=f"{frames[-1].filename}:{frames[-1].lineno}",
        fix="This is no fault of a test. What was answered before is stored; "
        "report it with the traceback:\n" + "".join(traceback.format_list(frames)).rstrip(),
    )
