"""The one line that says, after collection, what the run will ask."""

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
    return "ftevals: " + (" | " if ascii_only else " · ").join(parts)
