"""Measures: what tests compare with numbers."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import SupportsFloat, overload

from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.subgroup import Subgroups
from pytest_ftevals.core.threshold import Decide, Operator, Quantity, Threshold
from pytest_ftevals.verdicts.bound import (
    PERCENT,
    BoundError,
    check_reach,
    check_reach_of_gap,
    read_bound,
)
from pytest_ftevals.verdicts.verdict import Verdict, decide, quantity
from pytest_ftevals.verdicts.wording import decimals, number, quantity_name, side_value, unit

Recorder = Callable[[Threshold, Comparison], None]
"""Told of every threshold at the moment that it is stated, and of what it was held against."""
SliceLookup = Callable[[str], Comparison]
"""``language=de`` -> the comparison on those cases, ``gap(language)`` -> that over all slices of a
column; raises FtevalsError for unknown slices."""
Groups = Callable[[str], Mapping[str, str]]
"""A column -> its groups, each with its slice; raises FtevalsError for unknown columns."""
Early = Callable[[Quantity, Operator, float], Comparison | None]
"""A threshold -> the comparison on the first cases that decide it; None where it takes all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """How thresholds are decided, and who is told of them."""

    record: Recorder
    mode: Decide = "point"
    early: Early | None = None
    """None where all cases are asked."""


class Measure:
    """A value, gain or drop of a candidate. Comparing it with a number states a threshold.

    ``<``, ``<=``, ``>`` and ``>=`` with a number return a `Verdict` and record it. Two measures
    compare as plain numbers; ``==`` and ``!=`` too; neither records anything.
    """

    __slots__ = ("_compare", "_decided", "_deciding", "_first", "_groups", "_kind", "_slices")

    __array_ufunc__ = None  # so that numpy's scalars leave ``np.float64(3) >= measure`` to us

    def __init__(
        self,
        compare: Callable[[], Comparison],
        kind: Quantity,
        *,
        deciding: Deciding,
        slices: SliceLookup,
        groups: Groups | None = None,
        first: bool,
    ) -> None:
        """Hold one quantity of a comparison, made when first needed.

        `groups` is None where nothing is taken over the slices of a column; `first`: of the task's
        first metric.
        """
        self._compare = compare
        self._kind = kind
        self._deciding = deciding
        self._slices = slices
        self._groups = groups
        self._first = first
        self._decided: Comparison | None = None
        """What the last threshold was decided on."""

    @property
    def gain(self) -> "Measure":
        """How much better the candidate is than the base; points for metrics from 0 to 1."""
        return self._as(self._compare, "gain", self._deciding)

    @property
    def drop(self) -> "Measure":
        """How much worse the candidate is than the base; points for metrics from 0 to 1."""
        return self._as(self._compare, "drop", self._deciding)

    def slice(self, name: str) -> "Measure":
        """Return the same measure on the cases of a slice such as ``language=de``.

        Raises FtevalsError, with the slices there are, for any other name, and for a slice of a
        slice.
        """
        self._check_whole()
        found = self._slices(name)
        # Slices are decided on all of their cases: they are few.
        return self._as(lambda: found, self._kind, replace(self._deciding, early=None))

    def by(self, column: str) -> dict[str, "Measure"]:
        """Return the same measure on each slice of a column, by group: ``by("language")["de"]``.

        Sorted by group. Raises FtevalsError, with the columns there are, for any other.
        """
        return {group: self._over(name) for group, name in self._groups_of(column).items()}

    def gap(self, column: str) -> "Measure":
        """Return the value on the best slice of a column minus that on the worst.

        Percentage points for metrics from 0 to 1, else the metric's own unit; its `drop` is how
        much the gap has grown since the base. Slices of fewer than two cases are left out, and
        named. A gap is biased upwards: noise alone drives slices apart. Raises FtevalsError for
        an unknown column, with those there are, and for the gap of a gain or drop.
        """
        if self._kind != "value":
            raise FtevalsError(
                f"a gap lies between values, and {self._name} is none",
                fix=f'For how much it has grown write .gap("{column}").{self._kind}; for the '
                f'{self._kind} on each slice .{self._kind}.by("{column}").',
            )
        self._groups_of(column)
        return self._over(Subgroups(kind="gap", column=column).name)

    def macro(self, column: str) -> "Measure":
        """Return the mean over the slices of a column, each counting the same whatever its size.

        Raises FtevalsError, with the columns there are, for any other.
        """
        self._groups_of(column)
        return self._over(Subgroups(kind="macro", column=column).name)

    @property
    def value(self) -> float:
        """The number itself."""
        return quantity(self._comparison, self._kind).value

    @property
    def base(self) -> float:
        """The base's value in the metric's own unit; a gap of rates in percentage points."""
        base = self._comparison.base.value
        return PERCENT * base if self._comparison.in_points("value") else base

    @property
    def delta(self) -> float:
        """Candidate minus base; percentage points for metrics from 0 to 1."""
        return self._comparison.delta

    @property
    def interval(self) -> tuple[float, float]:
        """The confidence interval of `value` that the report shows, as low and high."""
        shown = quantity(self._comparison, self._kind).interval
        return shown.low, shown.high

    @property
    def n(self) -> int:
        """The number of paired, scored cases."""
        return self._comparison.n

    @property
    def comparison(self) -> Comparison:
        """Everything known of base and candidate on these cases."""
        return self._comparison

    @overload
    def __lt__(self, other: "Measure") -> bool: ...
    @overload
    def __lt__(self, other: SupportsFloat) -> Verdict: ...
    def __lt__(self, other: "Measure | SupportsFloat") -> bool | Verdict:
        """Return the verdict on being below a number, or how two measures compare."""
        return self.value < other.value if isinstance(other, Measure) else self._state("<", other)

    @overload
    def __le__(self, other: "Measure") -> bool: ...
    @overload
    def __le__(self, other: SupportsFloat) -> Verdict: ...
    def __le__(self, other: "Measure | SupportsFloat") -> bool | Verdict:
        """Return the verdict on being at most a number, or how two measures compare."""
        return self.value <= other.value if isinstance(other, Measure) else self._state("<=", other)

    @overload
    def __gt__(self, other: "Measure") -> bool: ...
    @overload
    def __gt__(self, other: SupportsFloat) -> Verdict: ...
    def __gt__(self, other: "Measure | SupportsFloat") -> bool | Verdict:
        """Return the verdict on being above a number, or how two measures compare."""
        return self.value > other.value if isinstance(other, Measure) else self._state(">", other)

    @overload
    def __ge__(self, other: "Measure") -> bool: ...
    @overload
    def __ge__(self, other: SupportsFloat) -> Verdict: ...
    def __ge__(self, other: "Measure | SupportsFloat") -> bool | Verdict:
        """Return the verdict on being at least a number, or how two measures compare."""
        return self.value >= other.value if isinstance(other, Measure) else self._state(">=", other)

    def __eq__(self, other: object) -> bool:
        """Return whether the numbers are equal; ``pytest.approx`` works too."""
        return bool(self.value == (other.value if isinstance(other, Measure) else other))

    __hash__ = None  # type: ignore[assignment]  # it equals numbers, whose hashes it cannot share

    def __bool__(self) -> bool:
        """Raise BoundError: ``assert measure`` states no threshold."""
        raise BoundError(
            f"{self._name} is a measure, which is neither true nor false",
            fix="Compare it with a number: assert ... "
            + ("<= 3" if self._kind == "drop" else "> 0" if self._kind == "gain" else ">= 0.8"),
        )

    def __repr__(self) -> str:
        """Return ``<accuracy 0.526, base 0.000, +52.6 points>``.

        Where a part of the cases may be enough, it asks for no more: pytest shows a measure beside
        every assert that fails.
        """
        if self._decided is None and self._deciding.early is not None:
            return "<measure, nothing decided yet>"
        comparison, kind = self._decided or self._comparison, self._kind
        digits, found = decimals(comparison, "gain"), quantity(comparison, kind).value
        base = side_value(comparison, comparison.base.value)
        name = quantity_name(comparison, kind, first=self._first)
        if kind == "value":
            delta = number(comparison.delta, digits, signed=True) + unit(comparison, "gain")
            value = number(found, decimals(comparison, kind))
            return f"<{name} {value}, {comparison.reference} {base}, {delta}>"
        value = side_value(comparison, comparison.value.value)
        change = f"{number(found, digits)}{unit(comparison, kind)}"
        return f"<{name} {change}, {comparison.metric} {value}, {comparison.reference} {base}>"

    @property
    def _name(self) -> str:
        return quantity_name(self._comparison, self._kind, first=self._first)

    @property
    def _comparison(self) -> Comparison:
        return self._compare()

    def _as(
        self, compare: Callable[[], Comparison], kind: Quantity, deciding: Deciding
    ) -> "Measure":
        return Measure(
            compare,
            kind,
            deciding=deciding,
            slices=self._slices,
            groups=self._groups,
            first=self._first,
        )

    def _over(self, name: str) -> "Measure":
        """Return the same measure on a slice, or over all of a column's, compared when needed."""
        deciding = replace(self._deciding, early=None)
        return self._as(partial(self._slices, name), self._kind, deciding)

    def _groups_of(self, column: str) -> Mapping[str, str]:
        if self._groups is None:
            raise FtevalsError(f"{self._name} has no columns whose slices could be compared")
        found = self._groups(column)
        self._check_whole()
        return found

    def _check_whole(self) -> None:
        if self._comparison.slice is not None:
            raise FtevalsError(
                f"{self._name} is on a slice already; slices of slices are not made",
                fix="Make a column that joins both in the data, and name it under `slices:`.",
            )

    def _state(self, op: Operator, other: object) -> Verdict:
        bound, deciding = read_bound(other), self._deciding
        early = deciding.early and deciding.early(self._kind, op, bound)
        comparison = early or self._comparison
        if comparison.points:
            name = quantity_name(comparison, self._kind, first=self._first)
            if comparison.gap is not None and self._kind == "value":
                check_reach_of_gap(name, op, bound)
            else:
                check_reach(name, self._kind, bound)
        if math.isnan(quantity(comparison, self._kind).value):
            raise BoundError(
                f"{self._name} is not known on these cases: {comparison.reference} has no value",
                fix="Hold the candidate's own value against a number.",
            )
        verdict = decide(comparison, self._kind, op, bound, first=self._first, mode=deciding.mode)
        self._decided = comparison
        deciding.record(verdict.threshold, comparison)
        return verdict
