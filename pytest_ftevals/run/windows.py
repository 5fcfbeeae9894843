"""The windows that whole texts are read in: what every variant of the run can read."""

from collections.abc import Iterator, Sequence

from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.engines.models import context_window
from pytest_ftevals.planning.plan import request_of
from pytest_ftevals.run.models import Models


def windows_of(models: Models) -> dict[str, int]:
    """Return how many tokens each variant reads, of those whose files say it; base first."""
    base = models.variants[BASE]
    found = {name: context_window(one, base) for name, one in models.variants.items()}
    return {name: tokens for name, tokens in found.items() if tokens is not None}


def reads_whole_texts(task: Task) -> bool:
    """Return whether a task has texts without a prompt, which are read in windows."""
    predicted = (case for case in task.cases if (case.kind or task.kind) == "perplexity")
    return any(request_of(task, case).kind == "loglikelihood_rolling" for case in predicted)


def window_notes(models: Models, tasks: Sequence[Task]) -> Iterator[str]:
    """Yield a line where whole texts were read in shorter windows than the base's own."""
    windows = windows_of(models)
    named = [task.name for task in tasks if reads_whole_texts(task)]
    if named and windows.get(BASE, 0) > (least := min(windows.values(), default=0)):
        shortest = next(name for name, tokens in windows.items() if tokens == least)
        yield (
            f"texts of {', '.join(named)} were read in windows of {least:,} tokens, as many as "
            f"{shortest} reads; base alone reads {windows[BASE]:,}, which gives other values"
        )
