"""Scales of charts: numbers to percents of a drawing's width, and the round numbers on its axis."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_PAD = 0.04
"""Empty share of an axis at each end, for marks that stand on it."""
_ROOM = 0.06
"""The same beyond that, for circles and their names."""
_BEND = 3.0
"""Points up to which a compressed axis is about even."""
_FAR = 20.0
"""Points from which an axis may be compressed."""
_FINE = 10.0
"""How many times wider than the intervals it shows an even axis may be."""
_LEAST_GAP = 13.0
"""Percent of the width between two labels."""
_HUGE = 1e150
_NEAR = 1e-6
_ROUND = (1.0, 2.0, 5.0, 10.0)
_MOST_TICKS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """An axis from `low` to `high`."""

    low: float
    high: float
    bend: float | None = None
    """Where the axis turns from even to logarithmic, by asinh; None for an even one."""

    def at(self, value: float) -> float:
        """Return where `value` stands, from 0 to 100 percent; beyond an end, that end."""
        low, high = self._bent(self.low), self._bent(self.high)
        share = (self._bent(value) - low) / (high - low)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def shows(self, value: float) -> bool:
        """Return whether `value` lies on the axis."""
        return self.low <= value <= self.high

    def ticks(self) -> tuple[float, ...]:
        """Return round numbers on the axis, none so near to another that labels would touch."""
        kept: list[float] = []
        for tick in self._even() if self.bend is None else _uneven(self.low, self.high):
            if all(abs(self.at(tick) - self.at(other)) >= _LEAST_GAP for other in kept):
                kept.append(tick)
        return tuple(sorted(kept))

    def _bent(self, value: float) -> float:
        value = min(max(value, -_HUGE), _HUGE)
        return value if self.bend is None else math.asinh(value / self.bend)

    def _even(self) -> list[float]:
        rough = (self.high - self.low) / _MOST_TICKS
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next((unit * one for one in _ROUND if unit * one >= rough), unit * _ROUND[-1])
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        # Zero first: where room is short, it is the one that stays.
        return [step * index for index in sorted(range(first, last + 1), key=abs)]


def points_scale(ends: Iterable[float], widths: Sequence[float]) -> Scale:
    """Return the axis for differences in percentage points: `ends` and zero lie on it.

    `widths` are those of the intervals. Where one difference is far and the intervals are narrow,
    as of a fine-tune that gains 50 points on its job and loses 1 elsewhere, the axis is compressed:
    even up to about 3 points and logarithmic beyond, so that both can be read.
    """
    known = [*filter(math.isfinite, ends), -1.0, 1.0]
    low, high = min(known), max(known)
    far = max(-low, high)
    finite = sorted(filter(math.isfinite, widths))
    narrow = bool(finite) and finite[len(finite) // 2] * _FINE < far
    return _padded(low, high, _BEND if far > _FAR and narrow else None)


def even_scale(values: Iterable[float], *, least: float) -> Scale:
    """Return an even axis on which `values` lie; `least` is the smallest span that it has."""
    known = [min(max(one, -_HUGE), _HUGE) for one in values if math.isfinite(one)] or [0.0]
    low, high = min(known), max(known)
    # Far from zero, numbers that are nearer than this have no room for ticks between them.
    least = max(least, _NEAR * max(-low, high))
    if high - low < least:
        low, high = (low + high) / 2 - least / 2, (low + high) / 2 + least / 2
    room = _ROOM * (high - low)
    return _padded(low - room, high + room, None)


def centred_scale(ends: Iterable[float]) -> Scale:
    """Return an axis with zero in the middle, as wide as `ends` need it."""
    far = max((abs(end) for end in ends if math.isfinite(end)), default=0.0)
    far = min(max(far, 1 / _HUGE), _HUGE)
    return _padded(-far, far, None)


def _uneven(low: float, high: float) -> list[float]:
    powers = [one for one in (10, 100, 2, 20, 50, 5, 1) if one <= max(-low, high)]
    both = [0, *(sign * one for one in powers for sign in (-1, 1))]
    return [float(one) for one in both if low <= one <= high]


def _padded(low: float, high: float, bend: float | None) -> Scale:
    low, high = max(low, -_HUGE), min(high, _HUGE)
    even = Scale(low=low, high=high, bend=bend)
    if bend is None:
        room = (high - low) * _PAD
        return Scale(low=low - room, high=high + room)
    ends = [math.asinh(end / bend) for end in (even.low, even.high)]
    room = (ends[1] - ends[0]) * _PAD
    return Scale(
        low=bend * math.sinh(ends[0] - room), high=bend * math.sinh(ends[1] + room), bend=bend
    )
