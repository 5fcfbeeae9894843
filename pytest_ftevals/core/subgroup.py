"""What is taken over all slices of a column at once: the gap between them, and their mean."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Aggregate = Literal["gap", "macro"]
_KINDS: dict[str, Aggregate] = {"gap": "gap", "macro": "macro"}
_WRITTEN = re.compile(r"(gap|macro)\(([^=]*)\)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgroups:
    """An aggregate over the slices of a column; it stands where a slice's name could."""

    kind: Aggregate
    """``gap``: the best slice minus the worst; ``macro``: the mean over slices."""
    column: str

    @property
    def name(self) -> str:
        """Return ``gap(gender)``; no slice is called that, for its name holds an equals sign."""
        return f"{self.kind}({self.column})"


def read_subgroups(where: str | None) -> Subgroups | None:
    """Return the aggregate of that name; None for a slice, and for a whole task."""
    found = None if where is None else _WRITTEN.fullmatch(where)
    return None if found is None else Subgroups(kind=_KINDS[found[1]], column=found[2])


def columns_of(slices: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that make slices such as ``language=de``, each once, in their order."""
    return tuple(dict.fromkeys(one.partition("=")[0] for one in slices))


def slices_by(column: str, slices: Iterable[str]) -> dict[str, str]:
    """Return group -> slice of a column: ``{"de": "language=de", ...}``."""
    parted = (one.partition("=") for one in slices)
    return {group: f"{name}={group}" for name, _, group in parted if name == column}
