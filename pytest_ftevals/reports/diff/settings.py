"""What two runs were made with, side by side: versions, machine, options, variants, tasks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import Record, TaskRow, VariantRow
from pytest_ftevals.reports.json_text import plain

_PARTS: Mapping[str, str] = {
    "versions": "version",
    "hardware": "hardware",
    "options": "option",
    "numerics": "numerics",
    "confidence": "option",
    "decide": "option",
    "family": "thresholds",
    "against": "against",
    "replayed": "replayed",
}
"""Part of a record's ``run`` -> what its settings are called."""
_SAID: Mapping[str, str] = {"family": "that share the error"}
"""Names that say little: the family is counted in the tests where no option sets it."""
_SAID_ELSEWHERE = frozenset({"base", "candidates", "confidence", "decide", "family", "against"})
"""Options that variants, or the parts above, say once more."""
_NO_SETTINGS = frozenset({"name", "confusion"})
_ABSENT = "absent"
_PRESENT = "present"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """A setting that differs."""

    of: str
    """``version``, ``hardware``, ``option``, ``numerics``, ``variant r8``, ``task mmlu``, ..."""
    name: str
    """``torch``, ``dtype``, ``fingerprint``, ``decode.max_new_tokens``, ..."""
    before: JSON
    """``absent`` for a variant or a task that only the other record has."""
    after: JSON


def setting_changes(before: Record, after: Record) -> tuple[SettingChange, ...]:
    """Return every setting that differs; both records call their candidates alike.

    Times, counts and the command are no settings.
    """
    return (
        *_of_run(before.run, after.run),
        *_of_named("variant", before.variants, after.variants),
        *_of_named("task", before.tasks, after.tasks),
    )


def _of_run(before: Mapping[str, JSON], after: Mapping[str, JSON]) -> Iterator[SettingChange]:
    for part, kind in _PARTS.items():
        sides = [flat({part: run.get(part)}) for run in (before, after)]
        for name in dict.fromkeys([*sides[0], *sides[1]]):
            inner = name.removeprefix(f"{part}.")
            if part == "options" and inner.partition(".")[0] in _SAID_ELSEWHERE:
                continue
            yield from differing(
                kind, _SAID.get(inner, inner), sides[0].get(name), sides[1].get(name)
            )


def _of_named(
    kind: str, before: Iterable[VariantRow | TaskRow], after: Iterable[VariantRow | TaskRow]
) -> Iterator[SettingChange]:
    """Yield what differs of variants or tasks of the same name."""
    old, new = ({one.name: one for one in rows} for rows in (before, after))
    for name in dict.fromkeys([*old, *new]):
        of = f"{kind} {name}"
        if name not in old or name not in new:
            here = [_PRESENT if name in rows else _ABSENT for rows in (old, new)]
            yield SettingChange(of=of, name="", before=here[0], after=here[1])
            continue
        sides = [_settings(rows[name]) for rows in (old, new)]
        for key in dict.fromkeys([*sides[0], *sides[1]]):
            yield from differing(of, key, sides[0].get(key), sides[1].get(key))


def _settings(row: VariantRow | TaskRow) -> dict[str, JSON]:
    return flat(
        {one.name: plain(getattr(row, one.name)) for one in fields(row)}, leave=_NO_SETTINGS
    )


def differing(of: str, name: str, before: JSON, after: JSON) -> Iterator[SettingChange]:
    """Yield what differs, if it does."""
    if before != after:
        yield SettingChange(of=of, name=name, before=before, after=after)


def flat(
    data: Mapping[str, JSON], path: str = "", leave: frozenset[str] = frozenset()
) -> dict[str, JSON]:
    """Return nested objects as one, keys joined by dots; what is empty or null is left out."""
    found: dict[str, JSON] = {}
    for key, value in data.items():
        if key in leave:
            continue
        name = f"{path}{key}"
        if isinstance(value, Mapping):
            found |= flat(value, f"{name}.")
        elif value is not None and value != []:
            found[name] = value
    return found
