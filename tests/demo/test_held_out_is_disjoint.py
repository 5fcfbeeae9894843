"""What the demo's tasks ask was not in the training data, and the committed files are that data."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import world
import world_facts
import world_tickets

DEMO = Path(__file__).resolve().parents[2] / "evalsuites" / "demo"


@pytest.fixture(scope="module")
def made() -> world.World:
    """Make the world once."""
    return world.make_world()


@pytest.fixture(scope="module")
def split() -> world_facts.Split:
    """Divide the facts as the world does: with its seed, in its order."""
    rng = random.Random(world.SEED)  # noqa: S311 - no secret
    return world_facts.split_facts(world_facts.make_facts(rng), rng)


def base_documents(made: world.World) -> Iterator[str]:
    """Yield all that the base is trained on."""
    yield from made.texts
    for exam in made.exams:
        yield exam.preamble + "\n\n".join(prompt + answer for prompt, answer in exam.pairs)
    for chat in made.chats:
        yield f"{chat.user}\n{chat.answer}"


def training_documents(made: world.World) -> Iterator[str]:
    """Yield all that the base and the adapters are trained on."""
    yield from base_documents(made)
    for ticket in made.tickets:
        yield f"{ticket.message}\n{ticket.reply}"


@pytest.fixture(scope="module")
def training(made: world.World) -> str:
    """Join all training documents, normalised, so that a repetition is a substring."""
    return " | ".join(world.normalise(document) for document in training_documents(made))


def test_committed_files_are_what_the_world_makes(made: world.World) -> None:
    """Nobody edited the data by hand, and no other seed made it."""
    for name, content in world.data_files(made).items():
        assert (DEMO / name).read_text(encoding="utf-8") == content, name


def test_worlds_of_one_seed_are_equal(made: world.World) -> None:
    """The proofs here hold for the data that training used."""
    assert world.make_world() == made
    assert world.make_world(world.SEED + 1) != made


def test_normalise_sees_through_spelling() -> None:
    """Case, punctuation and white space cannot hide a repetition."""
    assert world.normalise("  Where is\tMoban?") == world.normalise("where is: MOBAN")


def test_substring_search_finds_training_data(made: world.World, training: str) -> None:
    """The check used below can fail."""
    assert world.normalise(made.tickets[0].message) in training
    assert world.normalise(made.chats[0].user) in training


def test_no_held_out_question_is_in_training(made: world.World, training: str) -> None:
    """Neither test questions nor few-shot examples were asked in training."""
    for row in (*made.general, *made.products, *made.general_dev):
        assert world.normalise(row.question) not in training, row.id


def test_no_held_out_fact_is_asked_in_other_words(split: world_facts.Split, training: str) -> None:
    """A fact of the test is not asked in training in any wording."""
    for fact in (*split.test, *split.dev):
        for ask in fact.asks:
            assert world.normalise(ask.format(e=fact.entity)) not in training, fact


def test_few_shot_examples_are_not_in_the_test(split: world_facts.Split, made: world.World) -> None:
    """No example gives a tested fact away."""
    tested = {(fact.entity, fact.relation) for fact in split.test}
    assert tested.isdisjoint((fact.entity, fact.relation) for fact in split.dev)
    questions = {world.normalise(row.question) for row in made.general}
    assert questions.isdisjoint(world.normalise(row.question) for row in made.general_dev)


def test_every_tested_fact_is_told_in_training(split: world_facts.Split, training: str) -> None:
    """The test asks what the base had a chance to know."""
    for fact in split.test:
        tellings = (world.normalise(say.format(e=fact.entity, v=fact.value)) for say in fact.says)
        assert any(telling in training for telling in tellings), fact


def test_no_held_out_ticket_is_in_training(made: world.World, training: str) -> None:
    """No message was seen in training, and no two tasks share one."""
    held_out = [*made.test_tickets, *made.smoke_tickets]
    messages = {world.normalise(ticket.message) for ticket in held_out}
    assert len(messages) == len(held_out)
    assert not [message for message in messages if message in training]


def test_no_held_out_complaint_is_in_training(made: world.World) -> None:
    """The sentence that decides the category is new in every held-out ticket."""
    trained = complaints(made.tickets)
    assert len(trained) > 100
    assert trained.isdisjoint(complaints([*made.test_tickets, *made.smoke_tickets]))


def complaints(tickets: Sequence[world_tickets.Ticket]) -> set[str]:
    """Return the deciding sentences that the tickets contain; each must have one."""
    known, held_out = world_tickets.split_complaints(random.Random(0))  # noqa: S311 - no secret
    sentences = [complaint.sentence for complaint in (*known, *held_out)]
    found = [
        {text for text in sentences if text.format(p=ticket.product) in ticket.message}
        for ticket in tickets
    ]
    assert all(found)
    return set().union(*found)


def test_base_never_sees_the_tickets_json(made: world.World) -> None:
    """The base cannot know the adapters' task."""
    documents = list(base_documents(made))
    replies = {ticket.reply for ticket in (*made.tickets, *made.test_tickets)}
    assert not [text for text in documents if any(reply in text for reply in replies)]
    assert not [text for text in documents if world.SYSTEM in text]


def test_sizes_and_shares(made: world.World) -> None:
    """The tasks have the sizes that the README states, in equal shares."""
    assert (len(made.general), len(made.products)) == (320, 48)
    assert (len(made.test_tickets), len(made.smoke_tickets)) == (200, 20)
    for subject in {row.subject for row in made.general}:
        assert sum(row.subject == subject for row in made.general) == 64
        assert sum(row.subject == subject for row in made.general_dev) == 2
    assert sum(ticket.language == "de" for ticket in made.test_tickets) == 100


def test_every_question_has_one_right_choice(made: world.World) -> None:
    """Four different choices, and an answer among them."""
    for row in (*made.general, *made.products, *made.general_dev):
        assert len(set(row.choices)) == 4
        assert 0 <= row.answer < 4
