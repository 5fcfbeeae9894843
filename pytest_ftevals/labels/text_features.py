"""Features of a question's text, as an ordered table; ``docs/failures.md`` shows it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pytest_ftevals.labels.words import (
    ASKING,
    CONDITIONS,
    INSTRUCTIONS,
    LANGUAGES,
    LEADING,
    NEGATIONS,
    SCRIPTS,
)

SHORT_WORDS = 3
"""A question of so many words or fewer is very short."""
LANGUAGE_WORDS = 3
"""A language is guessed from so many of its commonest words or more, and twice those of others."""
_EVIDENCE = 2

_WIDE_MARK = "\uff1f"
"""The question mark of Chinese and Japanese."""
_WORD = re.compile(r"\w+(?:'\w+)*")
_CLAUSE = re.compile(r"(?:[.!?;:\u3002\uff01\uff1f]|\n)\s*")
_JOINED = re.compile(r"\b(?:and|then|und|dann)\b")
# What is looked for begins each pattern and what stands before it follows: ten times as fast.
_SENTENCE = re.compile(
    r"[.!?\u2026](?<=[^\W\d_]{3}.)[\"'\u201d\u2019)]*\s+[\"'\u201c\u201e\u2018(]?[^\W_]"
    r"|[\u3002\uff01\uff1f]."
)
_QUOTE = re.compile(
    r"[\"\u201c\u201d\u201e«»「」]|['\u2018](?<!\w.)[^'\u2018\u2019\n]{2,}['\u2019](?!\w)"
)
_CODE = re.compile(
    r"`[^`\n]+`|```|</?[a-z][\w-]*(?:\s+[\w-]+=[^<>\n]*|\s*/)?>|\(\)(?<=\w..)|==|!=|\{\s*$"
    r"|def \w+\(|class \w+(?:\([^)\n]{0,200}\))?:\s*$|from [\w.]+ import |SELECT .{1,200} FROM ",
    re.MULTILINE,
)
_ITEM = re.compile(r"^[ \t]*(?:[-*•\u2013]|\(?(?:\d{1,3}|[A-Za-z])[.)])[ \t]+\S", re.MULTILINE)
_SCRIPT = {name: re.compile(f"[{ranges}]") for name, ranges in SCRIPTS.items()}
_LETTER = re.compile(r"[^\W\d_]")
_FOREIGN_LETTER = re.compile(r"[^\W\d_\x00-\x7f]")
_DIGIT = re.compile(r"\d")
_CAPITALS = re.compile(r"(?<!\w)[A-ZÀ-ÖØ-ÞΑ-ΩА-Я]{2,}(?!\w)")


@dataclass(frozen=True, slots=True)
class Text:
    """A question, with its words."""

    text: str
    words: tuple[str, ...]
    """In lower case, numbers among them."""
    vocabulary: frozenset[str]
    """Its different words."""

    @classmethod
    def of(cls, text: str) -> "Text":
        """Return a question's words with it."""
        words = _WORD.findall(text.lower().replace("\u2019", "'"))
        return cls(text, tuple(words), frozenset(words))


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFeature:
    """Something that a question has or lacks."""

    name: str
    has: Callable[[Text], bool]
    meaning: str
    example: str
    counterexample: str


def asks(question: Text) -> bool:
    """Return whether it has a question mark, or begins with a question's word."""
    first = question.words[:1]
    return "?" in question.text or _WIDE_MARK in question.text or bool(ASKING.intersection(first))


def instructions(question: Text) -> int:
    """Return how many instructions it gives: verbs that a clause begins with, or that follow."""
    if not INSTRUCTIONS & question.vocabulary:
        return 0
    found = 0
    for clause in _CLAUSE.split(question.text.lower()):
        parts = _JOINED.split(clause)
        firsts = [_first_verb(part) for part in parts]
        # "Sort and filter": what is joined to no instruction is none ("salt and use").
        found += sum(firsts) if firsts[0] or not parts[0].strip() else 0
    return found


def language(question: Text) -> str | None:
    """Return the language or script that it is written in; None where that is not certain."""
    letters = len(_LETTER.findall(question.text)) if not question.text.isascii() else 0
    if letters:
        for name, script in _SCRIPT.items():
            count = len(script.findall(question.text))
            mostly = 2 * count > letters
            if mostly or (name == "Japanese" and 10 * count > letters):
                return name
    counts = {name: len(words & question.vocabulary) for name, words in LANGUAGES.items()}
    (first, most), (_, second) = sorted(counts.items(), key=lambda item: -item[1])[:2]
    return first if most >= LANGUAGE_WORDS and most >= _EVIDENCE * second else None


def _first_verb(clause: str) -> bool:
    """Return whether a clause begins with an instruction's verb."""
    for word in _WORD.findall(clause):
        if word in INSTRUCTIONS:
            return True
        if word not in LEADING and not word.isdigit():
            return False
    return False


TEXT_FEATURES: tuple[TextFeature, ...] = (
    TextFeature(
        name="very short",
        has=lambda question: len(question.words) <= SHORT_WORDS,
        meaning=f"{SHORT_WORDS} words or fewer",
        example="Where is Rome?",
        counterexample="Where does the river Rhine end?",
    ),
    TextFeature(
        name="question",
        has=asks,
        meaning="a question mark, or a first word that asks (English, German)",
        example="Name the river that flows through Cologne?",
        counterexample="Name the river that flows through Cologne.",
    ),
    TextFeature(
        name="no question",
        has=lambda question: not asks(question),
        meaning="neither of these",
        example="My invoice is wrong.",
        counterexample="Warum ist meine Rechnung falsch",
    ),
    TextFeature(
        name="several questions",
        has=lambda question: question.text.count("?") + question.text.count(_WIDE_MARK) > 1,
        meaning="two question marks or more",
        example="Who is it? And where?",
        counterexample="Who is it, and where?",
    ),
    TextFeature(
        name="negation",
        has=lambda question: not NEGATIONS.isdisjoint(question.vocabulary),
        meaning="a word that negates (English, German): not, n't, never, without, nicht, kein, ...",
        example="Which of these isn't a river?",
        counterexample="Which notable river is knotted?",
    ),
    TextFeature(
        name="condition",
        has=lambda question: not CONDITIONS.isdisjoint(question.vocabulary),
        meaning="a word that makes a condition (English, German): if, unless, wenn, falls, ...",
        example="Reply only if you are sure.",
        counterexample="Give a gift to everyone.",
    ),
    TextFeature(
        name="several instructions",
        has=lambda question: instructions(question) > 1,
        meaning="two verbs or more that give an instruction (English, German), at the beginning of "
        "a clause or after `and`, `then`, `und`, `dann`",
        example="Summarize the text and translate it. Please list its names.",
        counterexample="Translate the list of names and the use of them.",
    ),
    TextFeature(
        name="several sentences",
        has=lambda question: _SENTENCE.search(question.text) is not None,
        meaning="a sentence ends before another begins",
        example="The order came late. What now?",
        counterexample="Is Dr. Smith, e.g. in the U.S. army, a doctor?",
    ),
    TextFeature(
        name="list",
        has=lambda question: len(_ITEM.findall(question.text)) > 1,
        meaning="two lines or more with a bullet, number or letter before them",
        example="Sort them:\n- pears\n- apples",
        counterexample="Sort pears - and apples - by size.",
    ),
    TextFeature(
        name="digits",
        has=lambda question: _DIGIT.search(question.text) is not None,
        meaning="a digit",
        example="What is 7 times 6?",
        counterexample="What is seven times six?",
    ),
    TextFeature(
        name="quotation",
        has=lambda question: _QUOTE.search(question.text) is not None,
        meaning="quotation marks",
        example='What does "Rhine" mean?',
        counterexample="What's the dog's name, and isn't it the cats' name?",
    ),
    TextFeature(
        name="code",
        has=lambda question: _CODE.search(question.text) is not None,
        meaning="back-ticks, tags, or what lines of program text have",
        example="What does print() return?",
        counterexample="What does it return; and for whom?",
    ),
    TextFeature(
        name="upper-case words",
        has=lambda question: _CAPITALS.search(question.text) is not None,
        meaning="a word of two letters or more, all of them capitals",
        example="What is NATO?",
        counterexample="What is A in Paris?",
    ),
    TextFeature(
        name="non-ASCII letters",
        has=lambda question: _FOREIGN_LETTER.search(question.text) is not None,
        meaning="a letter beyond A to Z: ä, é, ж, 東, ...",
        example="Wo liegt Köln?",
        counterexample="What does it cost in € today?",
    ),
)
