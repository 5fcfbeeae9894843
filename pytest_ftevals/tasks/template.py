"""Templates: Jinja2 over one data row, in a sandbox, into a text or into a native value.

The sandbox guards against accidents (an absent column, null in a prompt, a runaway product or
loop), not against malice: a task file is trusted as the test beside it is. What is random or reads
a clock is left out, so that rendering is deterministic.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, meta, nodes
from jinja2.environment import Template, TemplateExpression
from jinja2.exceptions import FilterArgumentError, TemplateRuntimeError, UndefinedError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.rows import Row
from pytest_ftevals.tasks.yaml_lines import Places

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MAX_CHARACTERS = 10_000_000
"""Longest text a template may make; far above any context window."""
MAX_BITS = 10_000
"""Largest whole number that `**` may make."""


class _Absent(StrictUndefined):
    """A name that is not in the row; using it is an error that speaks of columns."""

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:  # the sandbox says why it withholds an attribute
            return self._undefined_hint
        if self._undefined_obj is missing:
            return f"there is no column {self._undefined_name!r}"
        if isinstance(self._undefined_obj, Mapping):
            return f"there is no {self._undefined_name!r} in the mapping"
        return str(super()._undefined_message)


class _NullOutputError(TemplateRuntimeError):
    """A template puts null into a text."""


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox with guards on the operators that can make huge values from small ones."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute an intercepted operator, unless the result would be huge."""
        if operator == "**":
            whole = isinstance(left, int) and isinstance(right, int)
            if whole and left.bit_length() * right > MAX_BITS:
                raise TemplateRuntimeError("the power is too large")
        else:
            for sequence, times in ((left, right), (right, left)):
                repeats = isinstance(times, int) and isinstance(sequence, str | list | tuple)
                if repeats and len(sequence) * times > MAX_CHARACTERS:
                    raise TemplateRuntimeError(
                        f"the product is longer than {MAX_CHARACTERS:,} characters or items"
                    )
        return super().call_binop(context, operator, left, right)


def lettered(options: Any) -> str:
    """Return options as lines ``A. first``, ``B. second``; at most 26 of them."""
    if isinstance(options, str | Mapping) or not isinstance(options, Iterable):
        raise FilterArgumentError("`lettered` needs a list of options")
    items = list(options)
    if len(items) > len(LETTERS):
        raise FilterArgumentError(f"`lettered` takes at most 26 options, not {len(items)}")
    return "\n".join(f"{letter}. {item}" for letter, item in zip(LETTERS, items, strict=False))


def regex_replace(value: Any, pattern: Any, replacement: Any) -> str:
    """Return a text with every match of a pattern replaced, as Python's ``re.sub`` does."""
    if isinstance(value, Undefined):
        return str(value)  # raises the message of the absent column
    for one, name in ((value, "a text"), (pattern, "a pattern"), (replacement, "a replacement")):
        if not isinstance(one, str):
            message = f"`regex_replace` needs {name}, not {type(one).__name__}"
            raise FilterArgumentError(message)
    if re.search(r"[\x01-\x08]", pattern + replacement):
        # Jinja reads "\b" and "\1" as characters, and nothing would match them.
        message = "`regex_replace` holds a control character: write `\\\\b` and `\\\\1`, not `\\b`"
        raise FilterArgumentError(message)
    try:
        return str(re.sub(pattern, replacement, value))
    except (re.error, IndexError) as error:
        message = f"`regex_replace` cannot use {pattern!r} with {replacement!r}: {error}"
        raise FilterArgumentError(message) from error


def _no_null(value: Any) -> Any:
    if value is None:
        raise _NullOutputError("it puts null into the text")
    return value


def _environment() -> _Environment:
    environment = _Environment(
        undefined=_Absent, keep_trailing_newline=True, autoescape=False, finalize=_no_null
    )
    # `dict` and the like would be taken for columns; `random` and `lipsum` are not deterministic.
    environment.globals = {name: environment.globals[name] for name in ("range", "namespace")}
    del environment.filters["random"]
    environment.filters["lettered"] = lettered
    environment.filters["regex_replace"] = regex_replace
    return environment


class _Compiled:
    """What both kinds of templates share: their place and the wording of their failures."""

    def __init__(self, key: str, where: str) -> None:
        self.key = key
        self.where = where

    def failure(self, row: Row, error: Exception) -> FtevalsError:
        """Return the error for a row that the template cannot be rendered for."""
        if isinstance(error, UndefinedError):
            what = str(error)
        elif isinstance(error, _NullOutputError):
            nulls = [name for name, value in row.values.items() if value is None]
            what = f"{error}" + (f" (null in this row: {', '.join(nulls)})" if nulls else "")
        elif isinstance(error, TemplateRuntimeError):
            what = str(error)
        else:
            what = f"{type(error).__name__}: {error}"
        columns = f"Columns of the row: {', '.join(row.values)}."
        return FtevalsError(
            f"the template `{self.key}` fails on this row: {what}",
            where=row.where,
            fix=f"{columns} The template: {self.where}.",
        )


class TextTemplate(_Compiled):
    """A template that makes a text."""

    def __init__(self, key: str, where: str, template: Template) -> None:
        super().__init__(key, where)
        self._template = template

    def render(self, row: Row) -> str:
        """Return the text for a row; raises FtevalsError naming the row where it cannot."""
        parts: list[str] = []
        length = 0
        try:
            for part in self._template.generate(_variables(row)):
                length += len(part)
                parts.append(part)
                if length > MAX_CHARACTERS:
                    break
        except Exception as error:
            raise self.failure(row, error) from error
        if length > MAX_CHARACTERS:
            what = f"it makes more than {MAX_CHARACTERS:,} characters"
            raise self.failure(row, TemplateRuntimeError(what))
        return "".join(parts)


class ValueTemplate(_Compiled):
    """A template that is exactly one ``{{ expression }}`` and makes that expression's value."""

    def __init__(self, key: str, where: str, expression: TemplateExpression) -> None:
        super().__init__(key, where)
        self._expression = expression

    def render(self, row: Row) -> JSON:
        """Return the value for a row; raises FtevalsError naming the row where it cannot."""
        try:
            return _as_json(self._expression(_variables(row)))
        except Exception as error:
            raise self.failure(row, error) from error


class Templates:
    """Compiles the templates of one task file."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._environment = _environment()

    def text(self, key: str, source: str) -> TextTemplate:
        """Compile a template of a text; raises FtevalsError at the line of a syntax error."""
        with self._syntax(key):
            template = self._environment.from_string(source)
        return TextTemplate(key, self._places.where(key), template)

    def value(self, key: str, source: str) -> TextTemplate | ValueTemplate:
        """Compile a template of a native value, or of a text unless it is one ``{{ ... }}``."""
        with self._syntax(key):
            expression = _only_expression(self._environment.parse(source.strip()))
            if expression is None:
                return self.text(key, source)
            target = nodes.Name("result", "store", lineno=1)
            assign = nodes.Assign(target, expression, lineno=1)
            template = self._environment.from_string(nodes.Template([assign], lineno=1))
        evaluate = TemplateExpression(template, undefined_to_none=False)
        return ValueTemplate(key, self._places.where(key), evaluate)

    def names(self, key: str, source: str) -> set[str]:
        """Return the columns that a template names."""
        with self._syntax(key):
            names = meta.find_undeclared_variables(self._environment.parse(source))
        return names - set(self._environment.globals)

    @contextmanager
    def _syntax(self, key: str) -> Iterator[None]:
        """Turn Jinja's syntax errors into ours."""
        try:
            yield
        except TemplateSyntaxError as error:
            raise FtevalsError(
                f"`{key}` is not a template: {error.message}",
                where=self._places.where(key, error.lineno),
                fix='Templates are Jinja2: "{{ column }}", "{{ column | lettered }}".',
            ) from error


def _only_expression(template: nodes.Template) -> nodes.Expr | None:
    """Return the expression of a template that is nothing but one ``{{ expression }}``."""
    output = template.body[0] if len(template.body) == 1 else None
    if not isinstance(output, nodes.Output) or len(output.nodes) != 1:
        return None
    node = output.nodes[0]
    return None if isinstance(node, nodes.TemplateData) else node


def _variables(row: Row) -> dict[str, Any]:
    """Return what a template sees: the columns, and `row` for names like ``row["Best Answer"]``.

    A column that is withheld fails, saying why, where a template uses it.
    """
    withheld = {
        name: _Absent(hint=f"the column {name!r} {why}") for name, why in row.withheld.items()
    }
    columns = {**withheld, **row.values}
    return {"row": columns, **columns}


def _as_json(value: Any) -> JSON:
    """Return an expression's value as JSON: iterators become lists; raises on what has no JSON."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Undefined):
        return str(value)  # raises the message of the absent column
    if isinstance(value, float):
        if value - value != 0:
            raise TemplateRuntimeError(f"it makes {value}, which is no JSON value")
        return value
    if isinstance(value, Mapping):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [_as_json(item) for item in value]
    raise TemplateRuntimeError(f"it makes a {type(value).__name__}, which is no JSON value")
