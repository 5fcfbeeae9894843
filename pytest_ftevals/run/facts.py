"""What another person needs to know of a run besides its models and tasks."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.run.settings import Settings

_DISTRIBUTIONS = (
    "pytest-ftevals",
    "pytest",
    "torch",
    "transformers",
    "tokenizers",
    "peft",
    "numpy",
    "scikit-learn",
    "jsonschema",
    "rouge-score",
    "sacrebleu",
    "datasets",
    "lm_eval",
)


def versions() -> dict[str, JSON]:
    """Return the installed versions of what computes answers, scores and verdicts."""
    found: dict[str, JSON] = {"python": platform.python_version()}
    for name in _DISTRIBUTIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def hardware() -> dict[str, JSON]:
    """Return the machine: system, architecture, processor, their number, memory in bytes."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "processor": _processor(),
        "processors": os.cpu_count(),
        "memory": _memory(),
    }


def options(settings: Settings) -> dict[str, JSON]:
    """Return the options that shape answers and verdicts, as chosen."""
    return {
        **model_options(settings),
        "confidence": settings.confidence,
        "decide": settings.decide,
        "early_stop": settings.early_stop,
        "family": settings.family,
        "against": settings.against,
        "cases": list(settings.cases),
    }


def model_options(settings: Settings) -> dict[str, JSON]:
    """Return the options that shape answers, as chosen."""
    loading = settings.loading
    return {
        "base": settings.base,
        "candidates": {one.name: one.source for one in settings.candidates},
        "engine": settings.engine,
        "device": loading.device,
        "dtype": loading.dtype,
        "attention": loading.attention,
        "device_map": _plain(loading.device_map),
        "quantization": loading.quantization,
        "tokenizer": None if loading.tokenizer is None else str(loading.tokenizer),
        "trust_remote_code": loading.trust_remote_code,
        "allow_pickle": [*sorted(loading.allow_pickle)],
        "offline": loading.offline,
        "batch_tokens": loading.batch_tokens,
        "prefix_memory": loading.prefix_memory,
        "sequential": settings.sequential,
    }


def shown_path(path: Path, root: Path) -> str:
    """Return a path relative to the run's root where it lies below it."""
    resolved = path.resolve()
    if resolved.is_relative_to(root.resolve()):
        return resolved.relative_to(root.resolve()).as_posix()
    return str(path)


def _processor() -> str:
    """Return the processor's name; Linux tells it in a file, other systems to `platform`."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):  # not every system tells
        return None


def _plain(device_map: str | dict[str, int | str] | None) -> JSON:
    return dict(device_map) if isinstance(device_map, dict) else device_map
