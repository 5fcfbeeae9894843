"""Replies: what a variant answered to a case, as tests see it."""

import json
from pathlib import Path

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.reply import NotJSONError, parse_json
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task

_SHOWN = 300


class Reply:
    """One variant's answer to one case."""

    def __init__(self, variant: str, task: Task, case: Case, response: Response) -> None:
        """Hold an answer; tests get replies from ``model.generate(case)``."""
        self._variant = variant
        self._task = task
        self._case = case
        self._response = response

    @property
    def text(self) -> str:
        """The reply; for a choice task the chosen option's text."""
        index = self._response.choice
        return self._response.text if index is None else self._case.options[index]

    @property
    def finish(self) -> str:
        """Why generation ended: ``stop`` or ``length`` (the token limit)."""
        return self._response.finish

    @property
    def choice(self) -> int | None:
        """Choice tasks: the index of the likeliest option."""
        return self._response.choice

    @property
    def logprobs(self) -> tuple[float, ...]:
        """Choice tasks: the options' log-likelihoods, in nats."""
        return tuple(choice.logprob for choice in self._response.choices)

    def json(self, schema: str | Path | None = None) -> dict[str, JSON]:
        """Return the reply parsed as a JSON object, held against a schema file where one is given.

        `schema` is relative to the task file. Raises AssertionError, a miss in a ``pass_rate``
        body, where the reply is no such object; FtevalsError for a schema that cannot be used.
        """
        __tracebackhide__ = True
        try:
            value = parse_json(self._response.text)
        except NotJSONError as error:
            raise AssertionError(f"{self._whose} is not JSON: {error}\n{self._shown}") from None
        if schema is not None:
            self._validate(value, self._task.path.parent / schema)
        if not isinstance(value, dict):
            message = f"{self._whose} is JSON, but no object\n{self._shown}"
            raise AssertionError(message)  # noqa: TRY004 - the test's miss, not a wrong type
        return value

    def __repr__(self) -> str:
        """Return who answered what."""
        return f"<{self._whose}: {self._response.text[:_SHOWN]!r}>"

    @property
    def _whose(self) -> str:
        return f"{self._variant}'s reply to case {self._case.id} of {self._task.name}"

    @property
    def _shown(self) -> str:
        # repr: a model's control characters must not reach the terminal.
        return f"reply: {self._response.text[:_SHOWN]!r}"

    def _validate(self, value: JSON, path: Path) -> None:
        __tracebackhide__ = True
        from jsonschema import SchemaError, ValidationError
        from jsonschema.validators import validator_for

        try:
            schema = json.loads(path.read_text(encoding="utf-8"))
            validator = validator_for(schema)
            validator.check_schema(schema)
        except (OSError, ValueError, SchemaError) as error:
            raise FtevalsError(
                f"is no schema that can be used: {str(error).splitlines()[0]}",
                where=str(path),
                fix="Give a JSON Schema file, relative to the task file.",
            ) from error
        try:
            validator(schema).validate(value)
        except ValidationError as error:
            raise AssertionError(
                f"{self._whose} violates {path.name} at {error.json_path}: {error.message}\n"
                f"{self._shown}"
            ) from None
