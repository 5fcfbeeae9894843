"""Rules by which a reply counts as a refusal: data, in refusal_rules.json or a file of the user's.

A list of phrases finds the refusals that models are trained to write, not every way to refuse; as
Zou et al. 2023 (arXiv 2307.15043) and Roettger et al. 2024 (XSTest, arXiv 2308.01263) count them
besides judges.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.metrics.patterns import compiled

SHIPPED = Path(__file__).with_name("refusal_rules.json")
_APOSTROPHES = str.maketrans("\N{RIGHT SINGLE QUOTATION MARK}\N{ACUTE ACCENT}`", "'''")


class RulesError(ValueError):
    """What is wrong with a file of rules, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Patterns that refusals match."""

    patterns: tuple[str, ...]
    opening: int
    """Characters at a reply's beginning in which they are looked for, 1 or more."""

    def to_json(self) -> JSON:
        """Return what scores depend on."""
        return [self.opening, *self.patterns]

    def refusal(self, text: str) -> bool:
        """Return whether a reply refuses; raises TooSlowError, and PatternError for a bad rule."""
        # Squeezing white space shortens a text, and no reply is read whole for its opening.
        plain = " ".join(text[: 4 * self.opening].casefold().translate(_APOSTROPHES).split())
        opening = plain[: self.opening]
        return any(compiled(pattern).matches(opening) for pattern in self.patterns)

    def check(self) -> None:
        """Raise PatternError for a pattern that cannot be used."""
        for pattern in self.patterns:
            compiled(pattern)


@cache
def shipped_rules() -> Rules:
    """Return the package's own rules, read when they are first asked for."""
    return read_rules(SHIPPED)


def read_rules(path: Path) -> Rules:
    """Return the rules of a JSON file ``{"opening": 300, "rules": [{"pattern": ...}]}``.

    Raises RulesError for anything else, and OSError. Patterns are not compiled.
    """
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        patterns = tuple(rule["pattern"] for rule in data["rules"])
        opening = data["opening"]
    except json.JSONDecodeError as error:
        raise RulesError(f"it is not JSON: {error.msg} at line {error.lineno}") from None
    except (KeyError, TypeError, UnicodeDecodeError) as error:
        raise RulesError(f"it lacks `opening` or `rules` of patterns: {error}") from None
    if not patterns or not all(isinstance(one, str) and one for one in patterns):
        raise RulesError("`rules` must be a list of one or more patterns")
    if not isinstance(opening, int) or isinstance(opening, bool) or opening < 1:
        raise RulesError("`opening` must be a number of characters")
    return Rules(patterns=patterns, opening=opening)
