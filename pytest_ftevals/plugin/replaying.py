"""``--ftevals-replay``: what cannot go together with it, and the run that it names."""

from collections.abc import Sequence
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.run.replay import Replay, read_replay
from pytest_ftevals.run.settings import Source

UNHEEDED = (
    "base",
    "candidate",
    "changed-since",
    "adapters",
    "engine",
    "device",
    "dtype",
    "attention",
    "device-map",
    "quantization",
    "tokenizer",
    "batch-tokens",
    "prefix-memory",
    "sequential",
    "trust-remote-code",
    "allow-pickle",
)
"""Names of the options that nothing can heed where no model is asked."""


def replayed_run(
    folder: Path, *, typed: Sequence[str], report: Path | None, report_option: str
) -> Replay:
    """Return the run that is decided again.

    `typed` are the flags on the command line that speak of models. The ini file's models are those
    of other runs, so they stand back. Raises FtevalsError where options contradict each other, or
    where the folder holds no run.
    """
    where = f"--ftevals-replay {folder}"
    if typed:
        raise FtevalsError(
            f"no model is asked, so {', '.join(typed)} cannot be heeded: the models are those of "
            "the replayed run",
            where=where,
            fix="Leave out the one or the other.",
        )
    if report is not None and report.resolve() == folder.resolve():
        raise FtevalsError(
            f"{report_option} names the same folder, and would overwrite what is replayed",
            where=where,
            fix="Give the new report a folder of its own.",
        )
    return read_replay(folder)


def replayed_candidates(replay: Replay) -> tuple[Source, ...]:
    """Return the candidates of the run that is decided again."""
    return tuple(
        Source(name=one.name, source=one.source, group=one.group or "") for one in replay.candidates
    )
