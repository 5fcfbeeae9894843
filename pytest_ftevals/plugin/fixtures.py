"""What tests ask for: base, candidate, model and compare. PYTEST_DONT_REWRITE.

Each public fixture hangs on a private one. A user's own fixture of a public name takes its place,
and the test then no longer counts as one that asks models.
"""

from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.plugin.stash import evals_of

if TYPE_CHECKING:
    from pytest_ftevals.plugin.asking import Asking, Comparer, Model


@pytest.fixture
def _ftevals(request: pytest.FixtureRequest) -> "Asking":
    """The test's way to the models; sets the test up or says why that failed."""
    return evals_of(request.config).asking(request.node)


@pytest.fixture
def _ftevals_base(_ftevals: "Asking") -> "Model":
    return _ftevals.base()


@pytest.fixture
def _ftevals_candidate(request: pytest.FixtureRequest, _ftevals: "Asking") -> "Model":
    return _ftevals.candidate(getattr(request, "param", None))


@pytest.fixture
def _ftevals_model(request: pytest.FixtureRequest, _ftevals: "Asking") -> "Model":
    return _ftevals.model(getattr(request, "param", None))


@pytest.fixture
def _ftevals_compare(_ftevals: "Asking", _ftevals_candidate: "Model") -> "Comparer":
    return _ftevals.comparer(_ftevals_candidate.name)


@pytest.fixture
def base(_ftevals_base: "Model") -> "Model":
    """The reference model: ``base.generate(case)`` is its reply to a case."""
    return _ftevals_base


@pytest.fixture
def candidate(_ftevals: "Asking", _ftevals_candidate: "Model") -> "Model":
    """The fine-tuned model under test; with several, the test runs once for each."""
    return _ftevals.single(_ftevals_candidate)


@pytest.fixture
def model(_ftevals_model: "Model") -> "Model":
    """The base and every candidate in turn."""
    return _ftevals_model


@pytest.fixture
def compare(_ftevals_compare: "Comparer") -> "Comparer":
    """``compare(task)``: the candidate against the base on a task, as measures to assert on."""
    return _ftevals_compare
