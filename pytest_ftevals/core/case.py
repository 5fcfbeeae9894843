"""Cases: the examples of a task, rendered and ready to be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_ftevals.core.canonical import JSON

if TYPE_CHECKING:  # both are made from cases
    from pytest_ftevals.core.request import Decode
    from pytest_ftevals.core.task import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a chat."""

    role: str
    """``system``, ``user`` or ``assistant``."""
    content: str

    def to_json(self) -> dict[str, JSON]:
        """Return the message as chat templates and records spell it."""
        return {"role": self.role, "content": self.content}


Prompt = str | tuple[Message, ...]
"""Plain text, or the messages of a chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One example of a task: what goes in, what is expected, its id and its slices."""

    id: str
    """Unique within the task: the row's ``id`` column, else its number from 1."""
    task: str
    """The task's name."""
    prompt: Prompt
    """As sent, few-shot block included."""
    expected: JSON
    """For ``generate`` a text, several texts that are each right, or an object; for ``choice`` the
    index of the right option, or a list of several; None for ``perplexity``."""
    options: tuple[str, ...] = ()
    """``choice``: the options' texts; ``perplexity``: the one text whose words and bytes count."""
    continuations: tuple[str, ...] = ()
    """``choice``: what is scored after the prompt, one an option (`` A`` or `` Paris``);
    ``perplexity``: the one text."""
    givens: tuple[str, ...] = ()
    """``choice`` only: per option, what stands between prompt and continuation and is not scored;
    empty where nothing does."""
    turns: tuple[str, ...] = ()
    """``generate`` only: what the user says after each reply but the last."""
    row: Mapping[str, JSON] = field(default_factory=dict)
    """The data row it was made from."""
    slices: Mapping[str, str] = field(default_factory=dict)
    """Slice name -> this case's group, e.g. ``{"language": "de"}``."""
    cluster: str | None = None
    """What it shares with the cases that it belongs together with (a passage), of two or more in
    a task; None where the task names no column for it."""
    plain: str | None = None
    """Id of the case that this one varies; None for a case of its own."""
    source: str = ""
    """``FILE:LINE`` of the row, for messages."""
    kind: "Kind | None" = None
    """What it asks, where the task's cases ask for different things; None: as the task."""
    decode: "Decode | None" = None
    """``generate`` only: how its reply is made, where that differs; None: as the task."""


def prompt_json(prompt: Prompt) -> JSON:
    """Return a prompt as JSON: the text, or the list of messages."""
    return prompt if isinstance(prompt, str) else [message.to_json() for message in prompt]
