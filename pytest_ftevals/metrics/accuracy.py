"""Accuracy: the share of cases answered right.

0 or 1, higher is better; the mean equals scikit-learn's ``accuracy_score``. Misleading where
classes are unequal: always answering the commonest of 95% is 0.95 accurate.
"""

from functools import partial

from pytest_ftevals.metrics.classes import rate_class
from pytest_ftevals.metrics.needs import comparable
from pytest_ftevals.metrics.per_case import PerCase

ACCURACY = PerCase(
    name="accuracy", binary=True, needs=partial(comparable, "accuracy"), rate=rate_class
)
"""Choice: the likeliest option is a right one. Text: stripped texts are equal, to one of several.
Object: the reply is a JSON object, and every expected field equals."""
