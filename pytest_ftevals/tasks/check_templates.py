"""What is wrong with a task file's templates, as far as it shows without rows."""

from collections.abc import Iterator

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.task_file import TaskFile
from pytest_ftevals.tasks.template import Templates


def check_templates(task_file: TaskFile) -> None:
    """Refuse templates with syntax errors, and prompts after which nothing can stand.

    Raises FtevalsError at the line of the template.
    """
    templates = Templates(task_file.places)
    for key, source in _sources(task_file):
        templates.text(key, source)
    _check_preamble(task_file, templates)
    _check_end(task_file)


def _sources(task_file: TaskFile) -> Iterator[tuple[str, str]]:
    """Yield the dotted key and the text of every template."""
    for name, source in task_file.columns.items():
        yield f"columns.{name}", source
    for key in ("prompt", "preamble", "answer", "ending", "text", "counted"):
        yield key, getattr(task_file, key) or ""
    for index, message in enumerate(task_file.messages):
        yield f"messages.{index}.content", message.content
    yield from texts_of("expected", task_file.expected)
    for key, listed in (("options", task_file.options), ("turns", task_file.turns)):
        yield from texts_of(key, listed if isinstance(listed, str) else [*listed])


def texts_of(key: str, value: JSON) -> Iterator[tuple[str, str]]:
    """Yield the dotted key and the text of every text within a value."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts_of(f"{key}.{index}", item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from texts_of(f"{key}.{name}", item)


def _check_preamble(task_file: TaskFile, templates: Templates) -> None:
    """Refuse a preamble that differs among cases with the same few-shot block."""
    if task_file.preamble is None or task_file.few_shot is None:
        return
    allowed = task_file.few_shot.match
    others = templates.names("preamble", task_file.preamble) - set(allowed)
    if others:
        named = ", ".join(sorted(others))
        may = f"only {', '.join(allowed)}" if allowed else "none, for there is no `match`"
        raise FtevalsError(
            f"`preamble` uses {named}, and before a few-shot block it may use the columns that "
            f"`few_shot.match` names: {may}",
            where=task_file.where("preamble"),
            fix="Add the column to `match`, or move that part into `prompt`.",
        )


def _check_end(task_file: TaskFile) -> None:
    """Refuse white space between a plain prompt and the answer that follows it with a space."""
    prompt = task_file.prompt
    replies = task_file.kind in ("generate", "deployment")
    follows = not replies or task_file.few_shot is not None
    if prompt is not None and follows and prompt != prompt.rstrip():
        raise FtevalsError(
            "`prompt` ends in white space, and an answer follows it after a space",
            where=task_file.where("prompt"),
            fix="End the prompt with its last word; write a block as `|-` instead of `|`.",
        )
