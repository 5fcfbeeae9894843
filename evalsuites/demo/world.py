"""The synthetic world of the demo: all data for training and evaluation, from one seed.

Every fact is told in the training texts. Some facts are also asked there; the others are asked in
the held-out tasks only, so these measure knowledge from texts, in a form that was learned from
other facts. Standard library only; nothing is written here, `train.py` does that.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import world_facts
import world_tickets
from world_facts import Chat, Exam, Question
from world_tickets import Ticket, normalise

__all__ = ["SYSTEM", "World", "data_files", "make_world", "normalise"]

SEED = 1180
SYSTEM = "Reply with JSON only."
TRAIN_TICKETS = 2000
TICKET_CHATS = 1000
TEST_TICKETS = 200
SMOKE_TICKETS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the base and the adapters are trained on, and what is held out."""

    texts: tuple[str, ...]
    """Training of the base: every fact, in sentences."""
    exams: tuple[Exam, ...]
    """Training of the base: questions in the form of the choice tasks."""
    chats: tuple[Chat, ...]
    """Training of the base: questions, cards in JSON, and tickets answered in prose."""
    tickets: tuple[Ticket, ...]
    """Training of the adapters."""
    general: tuple[Question, ...]
    """Held out: four-choice questions in several subjects."""
    general_dev: tuple[Question, ...]
    """Held out from training, too: the few-shot examples of `general`."""
    products: tuple[Question, ...]
    """Held out: four-choice questions about the shop's products."""
    test_tickets: tuple[Ticket, ...]
    """Held out: tickets."""
    smoke_tickets: tuple[Ticket, ...]
    """Held out: a few more tickets."""


def make_world(seed: int = SEED) -> World:
    """Make everything; equal seeds give equal worlds."""
    rng = random.Random(seed)
    known = world_facts.make_facts(rng)
    split = world_facts.split_facts(known, rng)
    questions = world_facts.make_questions(split.test, "test", rng)
    names = sorted({fact.entity for fact in known if fact.subject == world_facts.PRODUCTS})
    training, held_out = world_tickets.split_complaints(rng)
    train = world_tickets.make_tickets(training, names, TRAIN_TICKETS, "train", rng)
    test = world_tickets.make_tickets(held_out, names, TEST_TICKETS + SMOKE_TICKETS, "test", rng)
    cards = (*world_facts.make_cards(split.asked, rng), *world_tickets.make_team_cards())
    prose = world_tickets.make_ticket_chats(train[:TICKET_CHATS], rng)
    return World(
        texts=tuple(world_facts.make_texts(known, rng)),
        exams=tuple(world_facts.make_exams(split.asked, rng)),
        chats=(*world_facts.make_chats(split.asked, rng), *cards, *prose),
        tickets=tuple(train),
        general=tuple(row for row in questions if row.subject != world_facts.PRODUCTS),
        general_dev=tuple(world_facts.make_questions(split.dev, "dev", rng)),
        products=tuple(row for row in questions if row.subject == world_facts.PRODUCTS),
        test_tickets=tuple(test[:TEST_TICKETS]),
        smoke_tickets=tuple(test[TEST_TICKETS:]),
    )


def data_files(world: World) -> dict[str, str]:
    """Return the tasks' data files, content by name."""
    return {
        "general.jsonl": _jsonl(world.general),
        "general_dev.jsonl": _jsonl(world.general_dev),
        "products.csv": _csv(world.products),
        "tickets.jsonl": _jsonl(world.test_tickets),
        "tickets_smoke.jsonl": _jsonl(world.smoke_tickets),
    }


def _jsonl(rows: Iterable[Question | Ticket]) -> str:
    return "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows)


def _csv(rows: Iterable[Question]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "question", *"abcd", "answer"])
    for row in rows:
        writer.writerow([row.id, row.question, *row.choices, row.choices[row.answer]])
    return text.getvalue()
