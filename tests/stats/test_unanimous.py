"""The room that samples without spread leave for unseen cases."""

import math

import pytest

from pytest_ftevals.core.comparison import Interval
from pytest_ftevals.stats.unanimous import unanimous, unseen, with_room

RATE = (0.0, 1.0)


def test_unseen_is_wilsons() -> None:
    """A share of z^2 / (n + z^2)."""
    z = 1.959964
    assert [unseen(n, 0.95) for n in (1, 5, 400)] == pytest.approx(
        [z * z / (n + z * z) for n in (1, 5, 400)], abs=1e-6
    )


def test_room_of_the_smallest_group() -> None:
    """Of five right ones in an average over two classes: half of what five cases leave."""
    none = Interval(low=1.0, high=1.0, level=0.95, method="unanimous")
    found = with_room(none, 1.0, [(1.0, 5), (1.0, 395)], 1 / 2, RATE)
    assert found.low == pytest.approx(1 - unseen(5, 0.95) / 2)
    assert found.high == 1
    alone = with_room(none, 1.0, [(1.0, 5)], 1, RATE)
    assert alone.low == pytest.approx(unanimous(1.0, 5, 0.95, RATE).low)


def test_room_is_on_the_side_where_there_is_some() -> None:
    """A class that is all wrong can only be better than it looks; the distances add as squares."""
    spread = Interval(low=0.4, high=0.6, level=0.95, method="bootstrap")
    found = with_room(spread, 0.5, [(0.0, 5)], 1 / 2, RATE)
    assert found.low == pytest.approx(0.4)
    assert found.high == pytest.approx(0.5 + math.hypot(0.1, unseen(5, 0.95) / 2))
    assert with_room(spread, 0.5, [], 1 / 2, RATE).high == pytest.approx(0.6)
