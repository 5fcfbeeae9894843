"""How reports write numbers; None and NaN are ``n/a``, infinities ``inf`` and ``-inf``."""

import math

MISSING = "n/a"

_SIZES = ("bytes", "kB", "MB", "GB", "TB", "PB")
_STEP = 1000
_MINUTE = _HOUR = 60
_HUGE = 1e9
_TINY = 1e-4
_SMALLEST_P = 0.001


def rate(value: float | None) -> str:
    """Return a rate from 0 to 1 as percent with one decimal and no sign: ``30.2``."""
    return MISSING if value is None else _fixed(value * 100, 1)


def points(value: float | None) -> str:
    """Return percentage points with sign and one decimal: ``+52.6``; what rounds to 0: ``0.0``."""
    return MISSING if value is None else _signed(_fixed(value, 1))


def own(value: float | None, decimals: int) -> str:
    """Return a value in its metric's own unit; `decimals` is what `decimals_for` chose."""
    if value is None:
        return MISSING
    if math.isfinite(value) and value and not _TINY <= abs(value) < _HUGE:
        return f"{value:.2e}"
    return _fixed(value, decimals)


def own_signed(value: float | None, decimals: int) -> str:
    """Return a difference in its metric's own unit, with sign."""
    return _signed(own(value, decimals))


def decimals_for(*values: float | None, digits: int = 3) -> int:
    """Return the decimals (0 to 4) that give the largest of `values` so many digits."""
    known = [abs(value) for value in values if value is not None and math.isfinite(value)]
    largest = max(known, default=0.0)
    powers = range(digits - 1, digits - 5, -1)
    return next((digits - 1 - power for power in powers if largest >= 10.0**power), 4)


def count(value: int | None) -> str:
    """Return a count with thousands separators: ``1,240``."""
    return MISSING if value is None else f"{value:,}"


def counted(value: int, noun: str) -> str:
    """Return a count with its noun, which takes an ``s`` unless it is one: ``4 tests``."""
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"


def size(value: int | None) -> str:
    """Return bytes in decimal units: ``1.8 MB``."""
    if value is None:
        return MISSING
    amount, unit = float(value), 0
    while abs(amount) >= _STEP and unit < len(_SIZES) - 1:
        amount, unit = amount / _STEP, unit + 1
    return f"{amount:.1f} {_SIZES[unit]}" if unit else f"{value} {_SIZES[0]}"


def duration(seconds: float | None) -> str:
    """Return seconds as ``0.42 s``, ``12.3 s``, ``3 min 05 s`` or ``2 h 04 min``."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    # Compared as shown: 59.96 s would read 60.0 s.
    for decimals, end in ((2, 1), (1, _MINUTE)):
        shown = f"{seconds:.{decimals}f}"
        if float(shown) < end:
            return f"{shown} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    if minutes < _HOUR:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(round(seconds / _MINUTE), _HOUR)
    return f"{hours:,} h {minutes:02} min"


def level(value: float | None) -> str:
    """Return a confidence level from 0 to 1 as percent: ``95%``, ``97.5%``."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{value * 100:.4g}%"


def p_value(value: float | None) -> str:
    """Return a p-value with two significant digits: ``0.012``, ``< 0.001``."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{value:.2g}" if value >= _SMALLEST_P else f"< {_SMALLEST_P:g}"


def _fixed(value: float, decimals: int) -> str:
    if math.isnan(value):
        return MISSING
    text = f"{value:,.{decimals}f}"
    # -0.04 would be shown as -0.0: a direction that the shown digits do not support.
    return text if text.strip("-0.,") else text.lstrip("-")


def _signed(text: str) -> str:
    return f"+{text}" if text[0] not in "-n" and text.strip("0.,") else text
