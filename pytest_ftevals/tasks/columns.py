"""Derived columns: what a task file computes of a row before anything else reads it."""

from collections.abc import Mapping
from dataclasses import replace

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.tasks.rows import Row
from pytest_ftevals.tasks.template import Templates


class Columns:
    """The columns that a task file derives, in its order."""

    def __init__(self, columns: Mapping[str, str], templates: Templates) -> None:
        """Compile the columns' templates; raises FtevalsError at the line of a syntax error."""
        self._templates = {
            name: templates.value(f"columns.{name}", source) for name, source in columns.items()
        }

    def added(self, row: Row, given: Mapping[str, JSON] | None = None) -> Row:
        """Return a data row with the derived columns.

        Later columns see earlier ones, and one of a data column's name takes its place. Those
        `given` are not read or derived, but what else is derived sees them. Raises FtevalsError
        naming the row where a template cannot be rendered.
        """
        given = given or {}
        made = replace(row, values={**row.values, **given})
        for name, template in self._templates.items():
            if name not in given:
                made = replace(made, values={**made.values, name: template.render(made)})
        return made
