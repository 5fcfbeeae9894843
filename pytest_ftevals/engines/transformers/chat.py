"""Messages to text through the tokenizer's chat template, the same text on every day."""

from collections.abc import Sequence

import jinja2
from transformers import PreTrainedTokenizerBase

from pytest_ftevals.core.case import Message
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response, failed

_DATE = {"%d": "26", "%b": "Jul", "%B": "July", "%m": "07", "%Y": "2024", "%y": "24"}
"""The date that templates which print today's get: that of Llama 3.1's own template."""

_FIXED_CLOCK = (
    "{%- macro strftime_now(format) -%}{{ format"
    + "".join(f"|replace('{code}','{text}')" for code, text in _DATE.items())
    + " }}{%- endmacro -%}"
)


def render(tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message]) -> str | Response:
    """Return the chat as text up to where the assistant speaks, or why the template refuses it.

    Some templates write today's date into the system prompt; here it is a fixed one, since base
    and candidate may be asked on different days. Raises FtevalsError without a template.
    """
    if not tokenizer.chat_template:
        raise FtevalsError(
            "the task asks in messages, but the tokenizer has no chat template",
            where=str(tokenizer.name_or_path),
            fix="Name a folder whose tokenizer has one with --ftevals-tokenizer FOLDER, or"
            " write the task with `prompt:` instead of `messages:`.",
        )
    try:
        template = tokenizer.get_chat_template()
        text = tokenizer.apply_chat_template(
            [{"role": message.role, "content": message.content} for message in messages],
            chat_template=_FIXED_CLOCK + template if "strftime_now" in template else template,
            tokenize=False,
            add_generation_prompt=True,
        )
    except (jinja2.TemplateError, ValueError, TypeError, KeyError) as error:
        return failed(f"the chat template does not accept these messages: {error}")
    return str(text)
