"""Details of a reply that are in neither the input nor the reference.

Numbers by value, names, dates, codes, addresses and quotations; details.json has the words and
limits. Plain words are never details, so that an invention in plain words is not seen.
"""

import re
from collections.abc import Iterator

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.reply import NotJSONError, parse_json
from pytest_ftevals.labels.detail_words import DetailWords, detail_words, folded
from pytest_ftevals.labels.failure import Failure
from pytest_ftevals.labels.grounds import Grounds, grounds_of, spaced
from pytest_ftevals.labels.languages import is_german
from pytest_ftevals.labels.names import is_name, names_in, spelled_out
from pytest_ftevals.labels.numbers import numbers_in

_ADDRESS = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,5}|(?:https?://|www\.)[^\s<>\"')\]]+"
)
_CODE = re.compile(r"(?<![\w/-])(?=[\w/-]{0,40}\d)(?=[\w/-]{0,40}[^\W\d_])[^\W_]+(?:[-/_][^\W_]+)*")
_MEASURE = re.compile(r"\d+-?[^\W\d_]+")
_PIECES = re.compile(r"\d+|[^\W\d_]+")
_QUOTED = re.compile(
    r"[\"\u201c\u201e\u00ab]([^\"\u201c\u201d\u201e\u00ab\u00bb\n]{8,400})[\"\u201d\u201c\u00bb]"
)
_LIST_NUMBER = re.compile(r"^[ \t>*-]*\(?\d{1,3}[.)](?=\s)", re.MULTILINE)
_COUNTED = re.compile(r"\b([^\W\d_]+)[ -]([^\W\d_]+)\b")
_VERSION = re.compile(r"(?<![^\W_])[vV](?=\d+\.\d)")
_MOST_CASES = 1000
"""Cases in which a class is looked for: those that have many answers have few."""


def invented(failure: Failure) -> list[str]:
    """Return the details of a reply that are in neither input nor reference, in order of kinds.

    Of a JSON reply those of its fields' values; of a reply of which a part is read, those of the
    part. Text of the task's schema is as good as input. A whole text that looks like a name is
    taken for a class where another is expected: where it is right for another case, or where no
    name is expected.
    """
    grounds = grounds_of(_VERSION.sub(" ", "\n".join(_sources(failure))))
    part = failure.form.part(failure.response.text)
    text = (failure.response.text if part is None else part)[: detail_words().longest]
    if not failure.wants_json:
        return _of(text, grounds, named=_may_be_name(text, failure.case.expected, failure))
    try:
        value = parse_json(text)
    except NotJSONError:
        return [*_addresses(text, grounds), *_numbers(text, grounds)]
    return list(_of_value(value, failure, grounds))


def _of_value(value: JSON, failure: Failure, grounds: Grounds) -> Iterator[str]:
    """Yield the details of JSON; of fields that nobody asked for, a score or a class is none."""
    expected = failure.case.expected
    fields = value.items() if isinstance(value, dict) else [("", value)]
    for key, field in fields:
        asked = not isinstance(expected, dict) or not isinstance(value, dict) or key in expected
        like = expected[key] if asked and isinstance(expected, dict) and key in expected else None
        for leaf in _leaves(field):
            if asked:
                yield from _of(leaf, grounds, named=_may_be_name(leaf, like, failure))
            elif not _is_small(leaf):
                yield from _of(leaf, grounds, named=_names_are_expected(expected))


def _is_small(leaf: str) -> bool:
    """Return whether a text is one number as scores and counts are."""
    numbers = [number for number in numbers_in(leaf, {}) if number.text == leaf.strip()]
    least = detail_words().derived_from
    return any(value < least for number in numbers for value in number.values)


def _names_are_expected(expected: JSON) -> bool:
    """Return whether some expected text is a name of several words."""
    return any(is_name(leaf) and len(leaf.split()) > 1 for leaf in _leaves(expected))


def _may_be_name(text: str, expected: JSON, failure: Failure) -> bool:
    """Return whether a whole text that looks like a name is one, and no class."""
    if not is_name(text):
        return True
    leaves = list(_leaves(expected))
    if leaves and not any(char.isupper() for leaf in leaves for char in leaf):
        return False
    plain = folded(text.strip(" .!"))
    return not any(
        folded(leaf) == plain
        for case in failure.task.cases[:_MOST_CASES]
        for leaf in _leaves(case.expected)
    )


def _sources(failure: Failure) -> Iterator[str]:
    prompt = failure.case.prompt
    if isinstance(prompt, str):
        yield prompt
    else:
        yield from (message.content for message in prompt)
    yield from failure.case.turns
    yield from _leaves(failure.case.expected)
    yield from _leaves(failure.task.schema)


def _leaves(value: JSON) -> Iterator[str]:
    """Yield the texts and numbers of a JSON value; its keys, true and false say nothing."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, str):
        yield value
    elif value is not None and not isinstance(value, bool):
        yield format(value, "f") if isinstance(value, float) else str(value)


def _of(text: str, grounds: Grounds, *, named: bool) -> list[str]:
    """Return the details of a text; `named`: whether it may be a name as a whole."""
    if grounds.has_phrase(text):
        return []
    found = _addresses(text, grounds)
    text = _ADDRESS.sub(_blank, text)
    text = _VERSION.sub(" ", text)
    found += _quotations(text, grounds)
    found += _codes(text, grounds)
    text = _CODE.sub(lambda code: code[0] if _MEASURE.fullmatch(code[0]) else _blank(code), text)
    found += _numbers(text, grounds)
    return [*found, *(_names(text, grounds) if named or not is_name(text) else ())]


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _addresses(text: str, grounds: Grounds) -> list[str]:
    found = (match.group().rstrip(".,;:!?") for match in _ADDRESS.finditer(text))
    return [one for one in found if not grounds.has_letters(_bare(one))]


def _bare(address: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", address)


def _quotations(text: str, grounds: Grounds) -> list[str]:
    least = detail_words().quotation_words
    found = (match.group(1) for match in _QUOTED.finditer(text))
    return [
        one for one in found if len(spaced(one).split()) >= least and not grounds.has_phrase(one)
    ]


def _codes(text: str, grounds: Grounds) -> list[str]:
    data, found = detail_words(), []
    for code in dict.fromkeys(match.group() for match in _CODE.finditer(text)):
        pieces = _PIECES.findall(code)
        short = sum(map(len, pieces)) < data.code_characters
        if short or _MEASURE.fullmatch(code) or grounds.has_letters(code):
            continue
        if not all(_has_piece(piece, grounds, data) for piece in pieces):
            found.append(code)
    return found


def _has_piece(piece: str, grounds: Grounds, data: DetailWords) -> bool:
    """Return whether a part of a code is known: a word, a number, or a month of a date."""
    if not piece.isdecimal():
        month = data.months.get(folded(piece))
        return grounds.has_word(piece) or (month is not None and month in grounds.numbers)
    return all(map(grounds.has_number, numbers_in(piece, {})))


def _numbers(text: str, grounds: Grounds) -> list[str]:
    data = detail_words()
    plain = _LIST_NUMBER.sub(_blank, text)
    found = [
        number.text
        for number in dict.fromkeys(numbers_in(plain, data.scales))
        if not number.ordinal and not grounds.has_number(number)
    ]
    for match in _COUNTED.finditer(plain):
        word, unit = folded(match.group(1)), folded(match.group(2))
        if word in data.counting_words and unit in data.units:
            value = str(data.number_words[word])
            if not all(map(grounds.has_number, numbers_in(value, {}))):
                found.append(match.group())
    return found


def _names(text: str, grounds: Grounds) -> list[str]:
    """Return names that are unknown; none in German, where every noun looks like one."""
    if grounds.german or is_german(text):
        return []
    data = detail_words()
    spelled = spelled_out(text, grounds.acronyms)
    return [
        one for one in names_in(text) if one not in spelled and not _is_known(one, grounds, data)
    ]


def _is_known(name: str, grounds: Grounds, data: DetailWords) -> bool:
    plain = folded(name)
    if plain in data.months:
        return data.months[plain] in grounds.numbers
    if plain in data.weekdays:
        day = data.weekdays[plain]
        same = (word for word, meant in data.weekdays.items() if meant == day)
        return grounds.dated or not grounds.words.isdisjoint(same)
    if name.isupper() and len(name) > 1 and plain in grounds.initials:
        return True
    return grounds.has_word(name) or grounds.has_people(name)
