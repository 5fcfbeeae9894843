"""A failed case as the rules see it."""

from dataclasses import dataclass
from functools import cached_property

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.reply import NotJSONError, parse_json
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A case that failed, with the answer."""

    task: Task
    case: Case
    response: Response

    @property
    def is_text(self) -> bool:
        """Whether a reply was asked for, rather than a choice."""
        return self.task.kind == "generate"

    @property
    def wants_json(self) -> bool:
        """Whether the task asks for JSON: expected fields, a schema or a metric that reads it."""
        return self.is_text and (
            isinstance(self.case.expected, dict)
            or self.task.schema is not None
            or any(name.startswith("json_") for name in self.task.metrics)
        )

    @cached_property
    def parsed(self) -> tuple[bool, JSON]:
        """Whether the reply is JSON, and its value."""
        try:
            return True, parse_json(self.response.text)
        except NotJSONError:
            return False, None

    @property
    def words(self) -> int:
        """Words of the reply, split at white space."""
        return len(self.response.text.split())

    @property
    def expected_words(self) -> tuple[int, int] | None:
        """Words of the shortest and the longest right text; None where no text is expected."""
        expected = self.case.expected
        texts = expected if isinstance(expected, list) else [expected]
        words = [len(text.split()) for text in texts if isinstance(text, str)]
        return (min(words), max(words)) if self.is_text and words else None
