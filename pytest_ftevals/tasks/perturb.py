"""Noise in texts, seeded: typing errors, letter case, white space, order of words, padding.

Typing errors are those of Y. Belinkov & Y. Bisk 2018, "Synthetic and natural noise both break
neural machine translation", arXiv 1711.02173: two letters swapped, and a neighbour on the keyboard
hit instead; letters left out and doubled come from D. Pruthi, B. Dhingra & Z. C. Lipton 2019,
"Combating adversarial misspellings with robust word recognition", arXiv 1905.11268, whose rule
that the first and last letter of a word stay is kept.
"""

import random
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType

KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
"""Rows of a US keyboard; neighbours are beside each other in one."""
LEAST_LETTERS = 4
"""Shorter words are left alone: an inner letter less makes them another word."""
PADDING = (
    "The following note has nothing to do with the request.",
    "The office is open from nine to five on working days.",
    "Coffee and tea are served in the kitchen on the second floor.",
    "Please keep the windows closed while the heating is on.",
    "The lift will be serviced in the morning and is back by noon.",
    "Parcels can be picked up at the reception desk.",
    "The meeting room next to the stairs has been painted.",
    "Bicycles belong into the yard and not into the hall.",
)
"""Sentences that ask nothing and name nothing."""

Perturb = Callable[[str, random.Random, float], str]
"""(text, seeded random numbers, strength) -> the text with noise in it."""

_WORD = re.compile(r"[^\W\d_]+")


def typos(text: str, draw: random.Random, strength: float) -> str:
    """Return the text with a typing error in a share `strength` of its words of 4 letters or more.

    At least one word has one where there is such a word.
    """
    words = [found for found in _WORD.finditer(text) if len(found[0]) >= LEAST_LETTERS]
    if not words:
        return text
    hit = {index for index in range(len(words)) if draw.random() < strength}
    for index in sorted(hit or {draw.randrange(len(words))}, reverse=True):
        start, end = words[index].span()
        text = text[:start] + _mistyped(text[start:end], draw) + text[end:]
    return text


def _mistyped(word: str, draw: random.Random) -> str:
    """Return a word with one inner letter wrong."""
    at = draw.randrange(1, len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    kinds: dict[str, str] = {
        "left out": before + after,
        "doubled": before + letter + letter + after,
        "neighbour": before + _neighbour(letter, draw) + after,
    }
    if at + 1 < len(word) - 1:
        kinds["swapped"] = before + after[0] + letter + after[1:]
    changed = [one for one in kinds.values() if one != word]
    return draw.choice(changed)


def _neighbour(letter: str, draw: random.Random) -> str:
    row = next((row for row in KEYBOARD if letter.lower() in row), None)
    if row is None:
        return letter
    at = row.index(letter.lower())
    found = draw.choice([row[one] for one in (at - 1, at + 1) if 0 <= one < len(row)])
    return found.upper() if letter.isupper() else found


def casing(text: str, draw: random.Random, strength: float) -> str:
    """Return the text all in lower case, or all in upper case, whichever the numbers say.

    `strength` is the share of texts in upper case, which is the rarer and the harder one.
    """
    wanted = text.upper() if draw.random() < strength else text.lower()
    return wanted if wanted != text else text.swapcase()


def whitespace(text: str, draw: random.Random, strength: float) -> str:
    """Return the text with a share `strength` of its gaps between words doubled or tripled.

    At least one gap grows; a text of one word gets a space at both ends.
    """
    parts = re.split(r"(\s+)", text.strip())
    gaps = range(1, len(parts), 2)
    if not gaps:
        return f" {text} "
    hit = {gap for gap in gaps if draw.random() < strength} or {draw.choice(gaps)}
    return "".join(
        part + part[-1] * draw.choice((1, 2)) if index in hit else part
        for index, part in enumerate(parts)
    )


def word_order(text: str, draw: random.Random, strength: float) -> str:
    """Return the text with a share `strength` of its words exchanged with the next one.

    At least one pair changes places where there are two different words side by side.
    """
    parts = re.split(r"(\s+)", text)
    words = [index for index in range(0, len(parts), 2) if parts[index]]
    pairs = [(one, two) for one, two in pairwise(words) if parts[one] != parts[two]]
    if not pairs:
        return text
    hit = [pair for pair in pairs if draw.random() < strength] or [draw.choice(pairs)]
    moved: set[int] = set()
    for one, two in hit:
        if not moved & {one, two}:
            parts[one], parts[two] = parts[two], parts[one]
            moved |= {one, two}
    return "".join(parts)


def padding(text: str, draw: random.Random, strength: float) -> str:
    """Return the text between sentences that have nothing to do with it.

    `strength` is how many of them per 100: 0.1 puts 10 around the text, in two paragraphs.
    """
    count = max(2, round(100 * strength))
    drawn = [draw.choice(PADDING) for _ in range(count)]
    half = count // 2
    return "\n\n".join([" ".join(drawn[:half]), text, " ".join(drawn[half:])])


PERTURBATIONS: Mapping[str, Perturb] = MappingProxyType(
    {
        "typos": typos,
        "casing": casing,
        "whitespace": whitespace,
        "word_order": word_order,
        "padding": padding,
    }
)
"""Every kind of noise by its name in a task file."""
