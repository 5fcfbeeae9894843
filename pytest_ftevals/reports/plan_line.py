"""The one line that says, after collection, what the run will ask."""

from collections.abc import Sequence

from pytest_ftevals.reports.numbers import count, counted


def plan_line(
    tests: int,
    variants: int,
    requests: int,
    unique: int,
    stored: int | None,
    to_run: int | None,
    *,
    ascii_only: bool = False,
) -> str:
    """Return ``ftevals: 4 tests · 2 variants · 1,240 requests · 812 unique · ...``.

    `stored` is None where the store was not looked into (``stored unknown``); a `to_run` of None
    is left out.
    """
    parts = [
        counted(tests, "test"),
        counted(variants, "variant"),
        counted(requests, "request"),
        f"{count(unique)} unique",
        "stored unknown" if stored is None else f"{count(stored)} stored",
    ]
    if to_run is not None:
        parts.append(f"{count(to_run)} to run")
    return _joined(parts, ascii_only=ascii_only)


def early_plan_line(
    tests: int, variants: int, requests: int, unique: int, *, ascii_only: bool = False
) -> str:
    """Return ``ftevals: 4 tests · 2 variants · up to 1,240 requests · 812 unique, early stop``.

    How many it takes, the answers say: what is stored of them is of no use to know.
    """
    parts = [
        counted(tests, "test"),
        counted(variants, "variant"),
        f"up to {counted(requests, 'request')}",
        f"{count(unique)} unique, early stop",
    ]
    return _joined(parts, ascii_only=ascii_only)


def _joined(parts: Sequence[str], *, ascii_only: bool) -> str:
    return "ftevals: " + (" | " if ascii_only else " · ").join(parts)
