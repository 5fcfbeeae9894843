"""Support tickets in English and German, from templates and fillers.

The wording lives in `world_tickets.json`. What a ticket complains about, a template with its
filler, is either for training or held out, never both.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from world_facts import Chat, compact

TABLES = Path(__file__).resolve().with_suffix(".json")
HELD_OUT_SHARE = 0.3
PROBLEM_FIRST = 0.7
TEAM_CARDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A support message, with the queue and the product that it is about."""

    id: str
    message: str
    language: str
    product: str
    category: str

    @property
    def reply(self) -> str:
        """The compact JSON that the adapters learn to answer."""
        return compact({"category": self.category, "product": self.product})


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """The one sentence that decides the category; `{p}` stands for the product."""

    language: str
    category: str
    sentence: str


def normalise(text: str) -> str:
    """Reduce a text to lower-case words, so that spelling cannot hide a repetition."""
    return " ".join(re.findall(r"\w+", text.lower()))


def load_tables() -> dict[str, Any]:
    """Read the wording, by language."""
    loaded: dict[str, Any] = json.loads(TABLES.read_text(encoding="utf-8"))
    return loaded


def split_complaints(rng: random.Random) -> tuple[list[Complaint], list[Complaint]]:
    """Divide the fillers of every template between training and held-out tickets."""
    known: list[Complaint] = []
    held_out: list[Complaint] = []
    for language, table in load_tables().items():
        for category, problems in table["problems"].items():
            for template, fillers in problems:
                made = [
                    Complaint(
                        language=language,
                        category=category,
                        sentence=template.replace("{x}", filler),
                    )
                    for filler in rng.sample(fillers, len(fillers))
                ]
                cut = max(1, round(len(made) * HELD_OUT_SHARE))
                held_out.extend(made[:cut])
                known.extend(made[cut:])
    return known, held_out


def _message(complaint: Complaint, product: str, table: dict[str, Any], rng: random.Random) -> str:
    extra = rng.choice(table["extras"]).format(
        n=rng.randint(1000, 9999), when=rng.choice(table["when"]), years=rng.randint(2, 9)
    )
    body = [complaint.sentence.format(p=product), extra]
    if rng.random() >= PROBLEM_FIRST:
        body.reverse()
    parts = [rng.choice(table["greetings"]), *body, rng.choice(table["closings"])]
    return " ".join(part for part in parts if part)


def make_tickets(
    complaints: Sequence[Complaint],
    products: Sequence[str],
    count: int,
    prefix: str,
    rng: random.Random,
) -> list[Ticket]:
    """Write different tickets, equally many of every language and category."""
    tables = load_tables()
    groups: dict[tuple[str, str], list[Complaint]] = {}
    for complaint in complaints:
        groups.setdefault((complaint.language, complaint.category), []).append(complaint)
    keys = list(groups)
    made: dict[str, Ticket] = {}
    while len(made) < count:
        language, category = keys[len(made) % len(keys)]
        product = rng.choice(products)
        message = _message(rng.choice(groups[language, category]), product, tables[language], rng)
        ticket = Ticket(
            id=f"{prefix}-{len(made) + 1:04d}",
            message=message,
            language=language,
            product=product,
            category=category,
        )
        made.setdefault(normalise(message), ticket)
    return list(made.values())


def make_ticket_chats(tickets: Sequence[Ticket], rng: random.Random) -> Iterator[Chat]:
    """Answer tickets in prose, as the base does; it never sees the JSON."""
    tables = load_tables()
    for ticket in tickets:
        reply = rng.choice(tables[ticket.language]["reply"])
        answer = reply.format(p=ticket.product, team=ticket.category)
        yield Chat(user=ticket.message, answer=answer)


def make_team_cards() -> Iterator[Chat]:
    """Describe the teams in JSON, so that the base knows their names there."""
    categories = [*load_tables()["en"]["problems"]]
    for category in categories * TEAM_CARDS:
        answer = compact({"category": "team", "name": category})
        yield Chat(user=f"Write a card for the team {category}.", answer=answer)
