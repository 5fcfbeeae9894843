"""A failed case as the rules see it."""

from dataclasses import dataclass
from functools import cached_property

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.form import Form
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.reply import NotJSONError, parse_json
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.labels.schema import meets_schema


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A case that failed, with the answer."""

    task: Task
    case: Case
    response: Response
    form: Form
    """The form in which the task's metrics want replies."""

    @property
    def is_text(self) -> bool:
        """Whether a reply was asked for, rather than a choice."""
        return self.task.kind == "generate"

    @property
    def cut_off(self) -> bool:
        """Whether the reply ended at the token limit."""
        return self.is_text and self.response.finish == "length"

    @cached_property
    def refuses(self) -> bool:
        """Whether the reply refuses."""
        refuses = self.form.refuses
        return self.is_text and refuses is not None and refuses(self.response.text)

    @cached_property
    def should_refuse(self) -> bool | None:
        """Whether the row says that it should, else whether an expected text does; None: neither.

        A row that marks its prompt as harmless is believed.
        """
        said = None if self.form.should_refuse is None else self.form.should_refuse(self.case)
        if said is not None or self.form.refuses is None:
            return said
        return any(map(self.form.refuses, self.expected_texts)) or None

    @property
    def expected_texts(self) -> list[str]:
        """The texts that are each right; empty where fields, an option or nothing is expected."""
        expected = self.case.expected
        texts = expected if isinstance(expected, list) else [expected]
        return [text for text in texts if isinstance(text, str)]

    @property
    def wants_json(self) -> bool:
        """Whether JSON is asked for: a metric that reads it, expected fields, or a schema."""
        return self.is_text and (self._reads_json or self.task.schema is not None)

    @cached_property
    def json_fault(self) -> Label | None:
        """What is wrong with the form of the JSON that is asked for; None if nothing."""
        if not self.wants_json:
            return None
        # A metric that reads no JSON reads a part of its own; the schema is then the whole reply's.
        text = self.form.part(self.response.text) if self._reads_json else self.response.text
        if text is None:
            return Label.INVALID_JSON
        if self.form.fault is not None:
            return self.form.fault(text)
        try:
            value = parse_json(text)
        except NotJSONError:
            return Label.INVALID_JSON
        return None if self._is_formed(value) else Label.WRONG_FORMAT

    @property
    def _reads_json(self) -> bool:
        fields = isinstance(self.case.expected, dict)
        return fields or self.form.json or self.form.fault is not None

    def _is_formed(self, value: JSON) -> bool:
        """Return whether JSON has the expected fields, and meets the schema."""
        expected = self.case.expected
        if isinstance(expected, dict) and not (
            isinstance(value, dict) and expected.keys() <= value.keys()
        ):
            return False
        return self.task.schema is None or meets_schema(self.task.schema, value)

    @property
    def words(self) -> int:
        """Words of the reply, split at white space."""
        return len(self.response.text.split())

    @property
    def expected_words(self) -> tuple[int, int] | None:
        """Words of the shortest and the longest right text; None where no text is expected."""
        words = [len(text.split()) for text in self.expected_texts]
        return (min(words), max(words)) if self.is_text and words else None
