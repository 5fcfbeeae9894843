"""Instructions that a program can check: data, in instructions.json, read and compiled."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

FILE = Path(__file__).with_name("instructions.json")

Check = Literal[
    "count",
    "matches",
    "lacks",
    "lacks_word",
    "has_word",
    "begins",
    "ends",
    "begins_one_of",
    "alone",
]

_WORD = (
    r"(?:['\"\u201c\u2018](?P<quoted>[^'\"\u201c\u201d\u2018\u2019\n]{1,80})['\"\u201d\u2019]"
    r"|(?!(?:count|limit|order|list|bank|problem|form)s?\b)(?P<word>[\w-]{1,40}))"
)
_QUOTED = (
    r"(?:\"(?P<double>[^\"\n]{1,200})\"|'(?P<single>[^'\n]{1,200})'"
    r"|[\u201c\u201e](?P<curly>[^\u201c\u201d\n]{1,200})[\u201d\u201c])"
)

_OPTION = "['\"\u201c]?\\w{1,40}['\"\u201d]?"
_OPTIONS = rf"(?P<options>{_OPTION}(?:, {_OPTION}){{0,9}},? or {_OPTION})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One kind of instruction."""

    check: Check
    pattern: re.Pattern[str]
    needs: tuple[str, ...]
    """Texts, in lower case, of which a line has one where the pattern matches in it."""
    lasting: bool
    """Whether a reply that was cut off has broken it, whatever would have followed."""
    parts: bool
    """Whether it counts, too, where it is about a part of the reply."""
    relation: str | None = None
    """``count``: `<=`, `<`, `>=`, `>` or `=`; None: the prompt says it."""
    number: int | None = None
    """``count``: None: the prompt says it."""
    most: int | None = None
    """``count``: larger numbers are taken for a rough wish; None: none is."""
    wanted: re.Pattern[str] | None = None
    """``matches``: what the reply must match."""
    extra: int = 0
    """``alone``: words that a reply may have beyond the longest expected text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionRules:
    """All kinds, and what tells an instruction from a text that speaks of one."""

    instructions: tuple[Instruction, ...]
    window: int
    """Characters at the beginning and at the end of a message that are read."""
    numbers: Mapping[str, int]
    relations: Mapping[str, str]
    units: Mapping[str, re.Pattern[str]]
    marks: Mapping[re.Pattern[str], re.Pattern[str]]
    leads: re.Pattern[str]
    addressed: re.Pattern[str]
    unless_before: re.Pattern[str]
    unless_after: re.Pattern[str]
    placeholders: re.Pattern[str]
    quotation: re.Pattern[str]
    pasted: re.Pattern[str]
    """Matches what stands before a text that the prompt brings, up to the place looked at."""
    tasks: re.Pattern[str]
    """Verbs that ask for something to be written; two of them ask for several things."""
    of_all: re.Pattern[str]
    """Matches before a limit of the whole reply."""


@cache
def instruction_rules() -> InstructionRules:
    """Return the data, read when they are first asked for."""
    data: Any = json.loads(FILE.read_text(encoding="utf-8"))
    spelled = {
        "{relation}": f"(?P<relation>{_any(data['relations'])})",
        "{number}": rf"(?P<number>[0-9]{{1,4}}|{_any(data['numbers'])})",
        "{unit}": f"(?P<unit>{_any(data['units'].values())})",
        "{unit_few}": f"(?P<unit>{_any(data['units'][one] for one in data['few'])})",
        "{mark}": f"(?P<mark>{_any(data['marks'])})",
        "{options}": _OPTIONS,
        "{word}": _WORD,
        "{quoted}": _QUOTED,
    }
    return InstructionRules(
        instructions=tuple(_instruction(one, spelled) for one in data["instructions"]),
        window=data["window"],
        numbers=data["numbers"],
        relations=data["relations"],
        units={name: _compiled(pattern) for name, pattern in data["units"].items()},
        marks={_compiled(name): re.compile(pattern) for name, pattern in data["marks"].items()},
        leads=_compiled(data["leads"]),
        addressed=_compiled(data["addressed"]),
        unless_before=_compiled(data["unless_before"]),
        unless_after=_compiled(data["unless_after"]),
        placeholders=re.compile(data["placeholders"]),
        quotation=re.compile(data["quotation"]),
        pasted=_compiled(data["pasted"]),
        tasks=re.compile(data["tasks"], re.IGNORECASE | re.MULTILINE),
        of_all=_compiled(data["of_all"]),
    )


def _instruction(data: Any, spelled: Mapping[str, str]) -> Instruction:
    pattern = data["pattern"]
    for name, text in spelled.items():
        pattern = pattern.replace(name, text)
    wanted = data.get("wanted")
    case = 0 if data.get("capitals") else re.IGNORECASE
    return Instruction(
        check=data["check"],
        pattern=_compiled(pattern),
        needs=tuple(data["needs"]),
        lasting=data["lasting"],
        parts=data.get("parts", False),
        relation=data.get("relation"),
        number=data.get("number"),
        most=data.get("most"),
        wanted=None if wanted is None else re.compile(wanted, case | re.DOTALL),
        extra=data.get("extra", 0),
    )


def _any(patterns: Any) -> str:
    """Return a pattern of alternatives, the longest first: one may begin another."""
    return "|".join(sorted(patterns, key=len, reverse=True))


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
