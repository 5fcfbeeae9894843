"""Prompts: a row's question as plain text or as a chat, with its few-shot examples before it."""

from collections.abc import Callable
from dataclasses import dataclass

from pytest_ftevals.core.case import Message, Prompt
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.few_shot import Examples
from pytest_ftevals.tasks.rows import Row
from pytest_ftevals.tasks.task_file import TaskFile
from pytest_ftevals.tasks.template import Templates

Answer = Callable[[Row], str]
"""Gives the right answer of an example, without a leading space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a row asks."""

    prompt: Prompt
    """As sent."""
    question: str
    """The row's own part of it, for comparing questions."""


class TextPrompts:
    """Plain prompts: preamble, examples joined by blank lines, then the question.

    Where a task file has no prompt the question is empty: what is scored stands alone.
    """

    def __init__(
        self, task_file: TaskFile, templates: Templates, examples: Examples | None, answer: Answer
    ) -> None:
        self._question = templates.text("prompt", task_file.prompt or "")
        self._asks = task_file.prompt is not None
        self._preamble = templates.text("preamble", task_file.preamble or "")
        self._examples = examples
        self._answer = answer
        self._blocks: dict[tuple[str, ...], str] = {}
        self.shown: dict[str, str] = {}
        """Questions of the examples used so far -> the places of their rows."""

    def ask(self, row: Row) -> Asked:
        """Return a row's prompt; raises FtevalsError naming the row where nothing is asked."""
        question = self._question.render(row)
        if self._asks and not question.strip():
            raise FtevalsError("`prompt` makes an empty text of this row", where=row.where)
        return Asked(prompt=self._block(row) + question, question=question)

    def _block(self, row: Row) -> str:
        if self._examples is None:
            return self._preamble.render(row)
        key = self._examples.key(row)
        if key not in self._blocks:
            parts = [self._preamble.render(row)]
            for example in self._examples.rows(row):
                answer = self._answer(example)
                if self._asks:
                    question = self._question.render(example)
                    self.shown[question] = example.where
                    answer = f"{question} {answer}"
                parts.append(f"{answer}\n\n")
            self._blocks[key] = "".join(parts)
        return self._blocks[key]


class ChatPrompts:
    """Chats: examples are turns of user and assistant behind the leading system messages.

    Where the user's turns are named by themselves, the messages are what stands before them.
    """

    def __init__(
        self, task_file: TaskFile, templates: Templates, examples: Examples | None, answer: Answer
    ) -> None:
        self._messages = [
            (message.role, templates.text(f"messages.{index}.content", message.content))
            for index, message in enumerate(task_file.messages)
        ]
        roles = [message.role for message in task_file.messages]
        others = (index for index, role in enumerate(roles) if role != "system")
        self._lead = next(others, len(roles))
        self._examples = examples
        self._answer = answer
        self._turns: dict[tuple[str, ...], tuple[Message, ...]] = {}
        self.shown: dict[str, str] = {}
        """Questions of the examples used so far -> the places of their rows."""

    def ask(self, row: Row) -> Asked:
        """Return a row's chat; raises FtevalsError naming the row where it cannot be rendered."""
        messages = self._render(row)
        lead, question = messages[: self._lead], messages[self._lead :]
        return Asked(prompt=(*lead, *self._shots(row), *question), question=_joined(question))

    def _render(self, row: Row) -> tuple[Message, ...]:
        return tuple(
            Message(role=role, content=content.render(row)) for role, content in self._messages
        )

    def _shots(self, row: Row) -> tuple[Message, ...]:
        if self._examples is None:
            return ()
        key = self._examples.key(row)
        if key not in self._turns:
            turns: list[Message] = []
            for example in self._examples.rows(row):
                question = self._render(example)[self._lead :]
                self.shown[_joined(question)] = example.where
                turns += (*question, Message(role="assistant", content=self._answer(example)))
            self._turns[key] = tuple(turns)
        return self._turns[key]


def _joined(messages: tuple[Message, ...]) -> str:
    return "\n".join(f"{message.role}: {message.content}" for message in messages)
