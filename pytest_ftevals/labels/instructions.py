"""Instructions of a prompt that its reply breaks, as far as a program can check them.

instructions.json has the patterns. They are read in system messages and in what the user says
last, of a plain prompt in all of it; not in few-shot examples of a chat.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pytest_ftevals.core.case import Case
from pytest_ftevals.labels.counting import counts
from pytest_ftevals.labels.failure import Failure
from pytest_ftevals.labels.instruction_rules import Instruction, InstructionRules, instruction_rules

_SENTENCE_END = re.compile(r"[.!?][\"')]*\s")
_EDGE = " \t\n\"'*_.!?\u201c\u201d\u2018\u2019"
_RELATIONS: Mapping[str, Callable[[int, int], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "=": operator.eq,
}
_UPPER = ("<=", "<", "=")
_LONGEST_REPLY = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line of a prompt."""

    text: str
    lower: str
    quoted: tuple[tuple[int, int], ...]
    """Where its quotations begin and end, those of several lines, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An instruction of a prompt."""

    rule: Instruction
    text: str
    """As the prompt has it."""
    relation: str = ""
    number: int = 0
    unit: str = ""
    """``count`` only, all three."""
    wanted: str = ""
    """The word or text that it is about."""


def broken(failure: Failure) -> list[str]:
    """Return the instructions of a case's prompt that the reply breaks, in the prompt's words."""
    reply = failure.response.text[:_LONGEST_REPLY]
    return [
        given.text
        for text in messages(failure.case)
        for given in instructions_in(text)
        if _is_broken(given, reply, failure)
    ]


def messages(case: Case) -> Iterator[str]:
    """Yield the texts of a prompt that address the model."""
    if isinstance(case.prompt, str):
        yield case.prompt
        return
    yield from (one.content for one in case.prompt if one.role == "system")
    last = [one.content for one in case.prompt if one.role == "user"][-1:]
    yield from case.turns[-1:] or last


@lru_cache(maxsize=64)
def instructions_in(text: str) -> tuple[Given, ...]:
    """Return the instructions in a text; counts that contradict each other are left out.

    So are upper limits on one of several things that are to be written: the reply has them all.
    """
    rules = instruction_rules()
    if len(text) > 2 * rules.window:
        text = f"{text[: rules.window]}\n{text[-rules.window :]}"
    several = sum(1 for _ in rules.tasks.finditer(text)) > 1
    found = [
        given
        for line in _lines(text, rules)
        for rule in rules.instructions
        if any(need in line.lower for need in rule.needs)
        for match in rule.pattern.finditer(line.text)
        if _is_meant(line, match, rule, rules)
        and (given := _given(rule, match, rules)) is not None
        and not (several and given.relation in _UPPER and not _is_of_all(line, match, rules))
    ]
    return tuple(one for one in found if not _contradicted(one, found))


def _lines(text: str, rules: InstructionRules) -> Iterator[_Line]:
    quoted = [match.span() for match in rules.quotation.finditer(text)]
    start = 0
    for whole in text.splitlines(keepends=True):
        end = start + len(whole)
        inside = [span for span in quoted if span[0] < end and span[1] > start]
        line = whole.splitlines()[0]
        yield _Line(
            text=line,
            lower=line.lower(),
            quoted=tuple((one - start, other - start) for one, other in inside),
        )
        start = end


def _is_meant(
    line: _Line, match: re.Match[str], rule: Instruction, rules: InstructionRules
) -> bool:
    """Return whether a sentence tells the model to do what matched, rather than speaks of it."""
    begin = match.start()
    if any(one < begin < other for one, other in line.quoted):
        return False
    if rules.pasted.search(line.text, 0, begin) is not None:
        return False
    before = line.text[_sentence(line.text, begin) : begin]
    of_part = not rule.parts and rules.unless_before.search(before) is not None
    if of_part or rules.unless_after.match(line.text, match.end()):
        return False
    return (
        rules.leads.search(before) is not None
        or rules.addressed.search(before + match.group()) is not None
    )


def _is_of_all(line: _Line, match: re.Match[str], rules: InstructionRules) -> bool:
    """Return whether a limit is one of the whole reply by its sentence, whatever else is asked."""
    before = line.text[_sentence(line.text, match.start()) : match.start()]
    return rules.of_all.search(before) is not None


def _sentence(text: str, place: int) -> int:
    """Return where the sentence begins that has a place of a text."""
    start = 0
    for end in _SENTENCE_END.finditer(text, 0, place):
        start = end.end()
    return start


def _given(rule: Instruction, match: re.Match[str], rules: InstructionRules) -> Given | None:
    groups = {name: value for name, value in match.groupdict().items() if value is not None}
    if rule.check == "count":
        return _count(rule, match.group(), groups, rules)
    wanted = next(
        (groups[name] for name in ("mark", "options", "quoted", "word", "double", "single", "curly")
         if name in groups), "",
    )  # fmt: skip
    return Given(rule=rule, text=match.group(), wanted=wanted)


def _count(
    rule: Instruction, text: str, groups: Mapping[str, str], rules: InstructionRules
) -> Given | None:
    said = groups.get("number", "one").casefold()
    number = rule.number or rules.numbers.get(said) or int(said)
    if rule.most is not None and number > rule.most:
        return None
    relation = rule.relation or rules.relations[groups["relation"].casefold()]
    named = groups.get("unit") or groups.get("unit2", "")
    unit = next(name for name, pattern in rules.units.items() if pattern.fullmatch(named))
    return Given(rule=rule, text=text, relation=relation, number=number, unit=unit)


def _contradicted(one: Given, found: list[Given]) -> bool:
    """Return whether another count of the same unit cannot hold together with this one."""
    return any(
        other.unit == one.unit and not _RELATIONS[low.relation](high.number, low.number)
        for other in found
        if one.unit and other is not one
        for low, high in ((one, other), (other, one))
        if low.relation in (">=", ">", "=") and high.relation in ("<=", "<", "=")
    )


def _is_broken(given: Given, reply: str, failure: Failure) -> bool:
    if given.rule.check == "count":
        found = counts(given.unit, reply)
        kept = any(_RELATIONS[given.relation](count, given.number) for count in found)
        above = min(found) > given.number
        more = given.relation in ("<=", "<") or (given.relation == "=" and above)
        return not kept and (more or not failure.cut_off)
    if failure.cut_off and not given.rule.lasting:
        return False
    if given.rule.check == "alone":
        expected = failure.expected_words
        return expected is not None and failure.words > expected[1] + given.rule.extra
    return not _keeps(given, reply)


def _keeps(given: Given, reply: str) -> bool:
    """Return whether a reply has the form, the words or the marks that are asked for."""
    rule = given.rule
    if rule.wanted is not None:
        return rule.wanted.search(reply.strip()) is not None
    if rule.check == "lacks":
        marks = instruction_rules().marks.items()
        meant = [mark for name, mark in marks if name.fullmatch(given.wanted)]
        return not any(mark.search(reply) for mark in meant)
    if rule.check in ("has_word", "lacks_word"):
        word = re.compile(rf"(?<!\w){re.escape(given.wanted)}(?!\w)", re.IGNORECASE)
        return (word.search(reply) is not None) == (rule.check == "has_word")
    if rule.check == "begins_one_of":
        words = {*re.findall(r"\w+", given.wanted.lower())} - {"or"}
        first = re.search(r"\w+", reply.lower())
        return first is not None and first.group() in words
    return _has_at(rule.check == "begins", given.wanted, reply)


def _has_at(beginning: bool, wanted: str, reply: str) -> bool:
    """Return whether a reply begins or ends with a text, whose placeholders stand for anything."""
    pieces = [_plain(one) for one in instruction_rules().placeholders.split(wanted.strip(_EDGE))]
    if not any(char.isalnum() for piece in pieces for char in piece):
        return True
    text = _plain(reply)
    if not beginning:  # read from behind
        pieces, text = [one[::-1] for one in reversed(pieces)], text[::-1]
    if not text.startswith(pieces[0]):
        return False
    place = len(pieces[0])
    for piece in pieces[1:]:
        found = text.find(piece, place + 1)  # a placeholder stands for one character at least
        if found < 0 or place >= len(text):
            return False
        place = found + len(piece)
    return True


def _plain(text: str) -> str:
    """Return a text as beginnings and ends are compared: bare, lower case, single spaces."""
    bare = text.strip(_EDGE).translate({0x2018: "'", 0x2019: "'"})
    return " ".join(bare.lower().split())
