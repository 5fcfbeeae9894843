"""Records for the tests of Markdown: those of all reports."""

import pytest

from tests.reports.conftest import Build


@pytest.fixture
def build() -> Build:
    """Return the builder of records."""
    return Build()
