"""Invented facts: who lives where, told in texts and asked in questions.

The wording lives in `world_facts.json`. Every fact is told in training; `split_facts` decides which
are also asked there.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLES = Path(__file__).resolve().with_suffix(".json")
PRODUCTS = "products"

TEST_PER_RELATION = 16
RELATIONS_WITH_EXAMPLE = 2
TELLINGS = 12
EXAM_ROUNDS = 4
CARDS_WITH_FACT = 0.3

ONSETS = "bdlmnrstvz"
VOWELS = "aeiou"
CODAS = "lmnr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that is true in the world, with all the ways to say and to ask it."""

    subject: str
    thing: str
    relation: str
    entity: str
    value: str
    pool: tuple[str, ...]
    says: tuple[str, ...]
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with four choices; `answer` is the index of the right one."""

    id: str
    question: str
    choices: tuple[str, ...]
    answer: int
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """Questions in the form of a choice task: pairs of prompt and continuation."""

    preamble: str = ""
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A short exchange: what the user says and what the model should answer."""

    user: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Facts that are asked in training, as few-shot examples, and in the held-out test."""

    asked: tuple[Fact, ...]
    dev: tuple[Fact, ...]
    test: tuple[Fact, ...]


class _Names:
    """Invents short names; no two begin alike, so that they are easy to tell apart."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._taken: set[str] = set()

    def new(self, style: str) -> str:
        """Return a new name as a `proper` noun, a `common` noun or a `product` with its number."""
        pick = self._rng.choice
        stem = ""
        while not stem or stem in self._taken:
            stem = pick(ONSETS) + pick(VOWELS) + pick(ONSETS) + pick(VOWELS)
        self._taken.add(stem)
        name = stem + pick(CODAS)
        if style == "common":
            return name
        return f"{name.title()} {self._rng.randint(2, 9)}" if style == "product" else name.title()


def render(question: str) -> str:
    """Print a question as the prompt of the choice tasks does."""
    return f"Question: {question}\nAnswer:"


def preamble(subject: str) -> str:
    """Name the subject, as the task does before its examples."""
    return f"Questions about {subject}.\n\n"


def make_facts(rng: random.Random) -> list[Fact]:
    """Invent all facts."""
    tables: dict[str, Any] = json.loads(TABLES.read_text(encoding="utf-8"))
    names = _Names(rng)
    pools = {key: tuple(values) for key, values in tables["words"].items()}
    for key, count in tables["invented"].items():
        pools[key] = tuple(names.new("proper") for _ in range(count))
    facts: list[Fact] = []
    for subject in tables["subjects"]:
        entities = [names.new(subject["style"]) for _ in range(subject["entities"])]
        for relation in subject["relations"]:
            pool = pools[relation["values"]]
            facts.extend(_relation_facts(subject, relation, entities, pool, rng))
    return facts


def _relation_facts(
    subject: dict[str, Any],
    relation: dict[str, Any],
    entities: Sequence[str],
    pool: tuple[str, ...],
    rng: random.Random,
) -> Iterator[Fact]:
    # Equal shares of the values, so that guessing the commonest one gains nothing.
    values = [pool[index % len(pool)] for index in range(len(entities))]
    rng.shuffle(values)
    for entity, value in zip(entities, values, strict=True):
        yield Fact(
            subject=subject["name"],
            thing=subject["thing"],
            relation=relation["name"],
            entity=entity,
            value=value,
            pool=pool,
            says=tuple(relation["says"]),
            asks=tuple(relation["asks"]),
        )


def split_facts(facts: Sequence[Fact], rng: random.Random) -> Split:
    """Divide the facts of every relation between training, examples and test."""
    asked: list[Fact] = []
    dev: list[Fact] = []
    test: list[Fact] = []
    groups: dict[str, dict[str, list[Fact]]] = {}
    for fact in facts:
        groups.setdefault(fact.subject, {}).setdefault(fact.relation, []).append(fact)
    for subject, relations in groups.items():
        for index, group in enumerate(relations.values()):
            rng.shuffle(group)
            has_example = subject != PRODUCTS and index < RELATIONS_WITH_EXAMPLE
            cut = TEST_PER_RELATION + has_example
            test.extend(group[:TEST_PER_RELATION])
            dev.extend(group[TEST_PER_RELATION:cut])
            asked.extend(group[cut:])
    return Split(asked=tuple(asked), dev=tuple(dev), test=tuple(test))


def _question(fact: Fact, rng: random.Random, name: str = "") -> Question:
    wrong = rng.sample([value for value in fact.pool if value != fact.value], 3)
    choices = [fact.value, *wrong]
    rng.shuffle(choices)
    return Question(
        id=name,
        question=rng.choice(fact.asks).format(e=fact.entity),
        choices=tuple(choices),
        answer=choices.index(fact.value),
        subject=fact.subject,
    )


def make_questions(facts: Sequence[Fact], kind: str, rng: random.Random) -> list[Question]:
    """Ask every fact once, with ids such as `biology-test-07`."""
    numbers: dict[str, int] = {}
    rows: list[Question] = []
    for fact in facts:
        number = numbers[fact.subject] = numbers.get(fact.subject, 0) + 1
        rows.append(_question(fact, rng, f"{fact.subject}-{kind}-{number:02d}"))
    return rows


def make_texts(facts: Sequence[Fact], rng: random.Random) -> Iterator[str]:
    """Tell all about every entity, several times and in other words."""
    entities: dict[str, list[Fact]] = {}
    for fact in facts:
        entities.setdefault(fact.entity, []).append(fact)
    for _ in range(TELLINGS):
        for known in entities.values():
            ordered = rng.sample(known, len(known))
            yield " ".join(
                rng.choice(fact.says).format(e=fact.entity, v=fact.value) for fact in ordered
            )


def _ask(fact: Fact, rng: random.Random) -> tuple[str, str]:
    return render(rng.choice(fact.asks).format(e=fact.entity)), f" {fact.value}"


def make_exams(facts: Sequence[Fact], rng: random.Random) -> Iterator[Exam]:
    """Ask all facts of a subject in exams of up to three questions, several times."""
    for subject in sorted({fact.subject for fact in facts}):
        group = [fact for fact in facts if fact.subject == subject]
        for _ in range(EXAM_ROUNDS):
            rest = rng.sample(group, len(group))
            while rest:
                count = rng.choice((1, 2, 3, 3))
                pairs = tuple(_ask(fact, rng) for fact in rest[:count])
                rest = rest[count:]
                yield Exam(preamble=rng.choice(("", preamble(subject))), pairs=pairs)


def make_chats(facts: Sequence[Fact], rng: random.Random) -> Iterator[Chat]:
    """Ask in a chat and answer with a sentence."""
    for fact in facts:
        said = rng.choice(fact.says).format(e=fact.entity, v=fact.value)
        yield Chat(user=rng.choice(fact.asks).format(e=fact.entity), answer=said)


def make_cards(facts: Sequence[Fact], rng: random.Random) -> Iterator[Chat]:
    """Describe every entity in JSON: the base knows the format, though not for tickets."""
    for fact in facts:
        name = "product" if fact.subject == PRODUCTS else "name"
        fields = {"category": fact.thing, name: fact.entity}
        if rng.random() < CARDS_WITH_FACT:
            fields[fact.relation] = fact.value
        yield Chat(user=f"Write a card for the {fact.thing} {fact.entity}.", answer=compact(fields))


def compact(fields: dict[str, str]) -> str:
    """Write JSON without spaces."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
