"""Replies: what a variant answered to a case, as tests see it."""

from pathlib import Path

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.reply import NotJSONError, parse_json
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.run.schemas import first_violation, schema_at

_SHOWN = 300


class Reply:
    """One variant's answer to one case."""

    def __init__(
        self, variant: str, task: Task, case: Case, response: Response, *, sample: int = 0
    ) -> None:
        """Hold an answer; tests get replies from ``model.generate(case)``."""
        self._variant = variant
        self._task = task
        self._case = case
        self._response = response
        self._sample = sample

    @property
    def text(self) -> str:
        """The reply; for a choice task the chosen option's text, of a conversation the last one."""
        index = self.choice
        return self._response.text if index is None else self._case.options[index]

    @property
    def finish(self) -> str:
        """Why generation ended: ``stop`` or ``length`` (the token limit)."""
        return self._response.finish

    @property
    def choice(self) -> int | None:
        """Choice tasks: the index of the likeliest option."""
        return self._response.choice if self._task.kind == "choice" else None

    @property
    def turns(self) -> tuple[str, ...]:
        """The replies to all turns of a conversation, in order; of a single question its reply."""
        return self._response.turns or (self.text,)

    @property
    def logprobs(self) -> tuple[float, ...]:
        """Choice tasks: the options' log-likelihoods, in nats; perplexity tasks: the text's."""
        return tuple(choice.logprob for choice in self._response.choices)

    def json(self, schema: str | Path | None = None) -> dict[str, JSON]:
        """Return the reply parsed as a JSON object, held against a schema file where one is given.

        `schema` is relative to the task file. Raises AssertionError, a miss in a ``pass_rate``
        body, where the reply is no such object; FtevalsError for a schema that cannot be used.
        """
        __tracebackhide__ = True
        # Before the reply is read: a schema that cannot be used is no miss of the model.
        path = None if schema is None else self._task.path.parent / schema
        held = None if path is None else schema_at(path)
        try:
            value = parse_json(self._response.text)
        except NotJSONError as error:
            raise AssertionError(f"{self._whose} is not JSON: {error}\n{self._shown}") from None
        if path is not None and (fault := first_violation(held, value)):
            raise AssertionError(f"{self._whose} violates {path.name} at {fault}\n{self._shown}")
        if not isinstance(value, dict):
            message = f"{self._whose} is JSON, but no object\n{self._shown}"
            raise AssertionError(message)  # noqa: TRY004 - the test's miss, not a wrong type
        return value

    def __repr__(self) -> str:
        """Return who answered what."""
        return f"<{self._whose}: {self._response.text[:_SHOWN]!r}>"

    @property
    def _whose(self) -> str:
        named = self._task.named(self._case.id, self._sample)
        return f"{self._variant}'s reply to {named} of {self._task.name}"

    @property
    def _shown(self) -> str:
        # repr: a model's control characters must not reach the terminal.
        return f"reply: {self._response.text[:_SHOWN]!r}"
