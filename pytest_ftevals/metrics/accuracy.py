"""Accuracy: the share of cases answered right."""

from functools import partial

from pytest_ftevals.metrics.classes import rate_class
from pytest_ftevals.metrics.needs import comparable
from pytest_ftevals.metrics.per_case import PerCase

ACCURACY = PerCase(
    name="accuracy", binary=True, needs=partial(comparable, "accuracy"), rate=rate_class
)
"""Choice: the likeliest option is the right one. Text: stripped texts are equal. Object: the reply
is a JSON object, and every expected field equals."""
