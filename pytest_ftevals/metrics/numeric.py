"""Numeric: the last number of the reply is the expected one, within a tolerance.

0 or 1, higher is better. Numbers are compared as decimals, not as binary fractions: 0.4 lies within
0.1 of 0.3. Misleading where the last number is not the answer ("5 apples, as of 2024"; use
`extract`), where units differ, and for numbers with a decimal comma or ordinary spaces between
digits.
"""

import re
from decimal import Context, Decimal
from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import expected_texts, references, refuse
from pytest_ftevals.metrics.options import Options
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.table import Configurable
from pytest_ftevals.metrics.wording import any_of, quoted

_NUMBER = re.compile(
    r"""
    (?: (?<![\w)\]%.-])(?P<sign>[-+\u2212])          # a minus between two words is none,
      | (?:(?<=[=(:])|(?<=[=(:][ ]))(?P<apart>[-+\u2212])[ ]     # nor is a bullet or a dash
    )?
    (?:[$€£¥][ ]?(?P<inner>[-+\u2212])?)?
    (?P<digits>
      (?: (?<![0-9])[0-9]{1,3}(?:[,\u00a0\u2009\u202f][0-9]{3})+(?![0-9]) | [0-9]+ )
      (?:\.[0-9]+)?
      | (?<![0-9])\.[0-9]+
    )
    (?P<exponent>[eE][-+]?[0-9]{1,3}(?![0-9]))?
    """,
    re.VERBOSE,
)
_GROUPING = str.maketrans("", "", ",\N{NO-BREAK SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}")
_MOST_DIGITS = 400
_EXACT = Context(prec=4 * _MOST_DIGITS + 2000, Emax=10**6, Emin=-(10**6))
"""Wide enough for any difference of two numbers of that many digits and 999 as exponent."""


def last_number(text: str) -> Decimal | None:
    """Return the last number in a text; None without one, or where it is absurdly long.

    Reads ``1,234.5``, ``$5``, ``-$5``, ``.5`` and ``1e-3``; of ``50%`` the 50. No-break and thin
    spaces group digits as commas do. A minus stands at its number, or one space before it right
    after ``=``, ``(`` or ``:``; another is a bullet, a dash or a subtraction.
    """
    last = None
    for last in _NUMBER.finditer(text):  # noqa: B007 - the last one is what counts
        pass
    if last is None or len(last["digits"]) > _MOST_DIGITS:
        return None
    negative = (last["sign"] or last["apart"] or last["inner"] or "+") in "-\N{MINUS SIGN}"
    spelled = last["digits"].translate(_GROUPING) + (last["exponent"] or "")
    return Decimal(f"-{spelled}" if negative else spelled)


def close(answered: Decimal, right: Decimal, absolute: Decimal, relative: Decimal) -> bool:
    """Return whether two numbers differ by at most the larger of both tolerances.

    `relative` is a share of the right number, as in `numpy.isclose`.
    """
    allowed = max(absolute, _EXACT.multiply(relative, abs(right)))
    return abs(_EXACT.subtract(answered, right)) <= allowed


def rate(
    absolute: Decimal,
    relative: Decimal,
    task: Task,  # noqa: ARG001 - PerCase's shape
    case: Case,
    response: Response,
) -> Score:
    """Return 1 where the reply's last number is close to an expected one, else 0."""
    answered = last_number(response.text)
    if answered is None:
        return Score(value=0.0, reason="there is no number in the reply")
    right = [number for text in references(case) if (number := last_number(text)) is not None]
    if any(close(answered, number, absolute, relative) for number in right):
        return Score(value=1.0)
    numbers = any_of([str(number) for number in right])
    return Score(value=0.0, reason=f"{quoted(str(answered))} where {numbers} was expected")


def needs(task: Task) -> None:
    """Raise FtevalsError unless every case expects a number."""
    expected_texts("numeric", task)
    for case in task.cases:
        for text in references(case):
            if last_number(text) is None:
                what = f"needs numbers, and case {case.id!r} ({case.source}) expects {quoted(text)}"
                raise refuse("numeric", task, what, "Give `expected:` as a number.")


def numeric(options: Options) -> PerCase:
    """Return the metric with its tolerances."""
    absolute, relative = options.number("absolute"), options.number("relative")
    return PerCase(
        name="numeric",
        binary=True,
        needs=needs,
        rate=partial(rate, Decimal(str(absolute or 0)), Decimal(str(relative or 0))),
    )


NUMERIC = Configurable(name="numeric", keys=("absolute", "relative"), make=numeric)
