"""The bundled tasks: a task file each, over data sets of the hub. `docs/standard-tasks.md`."""

from pathlib import Path

_SUFFIX = ".task.yaml"


def standard_names() -> tuple[str, ...]:
    """Return the bundled tasks' names, sorted."""
    files = Path(__file__).parent.glob(f"*{_SUFFIX}")
    return tuple(sorted(path.name.removesuffix(_SUFFIX) for path in files))


def standard_task(name: str) -> Path | None:
    """Return the file of a bundled task; None where there is none of that name."""
    return Path(__file__).parent / f"{name}{_SUFFIX}" if name in standard_names() else None
