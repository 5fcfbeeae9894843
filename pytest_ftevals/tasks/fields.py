"""Typed access to the keys of a mapping in a task file, one message for every wrong value."""

from collections.abc import Collection, Mapping

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.suggest import did_you_mean
from pytest_ftevals.tasks.yaml_lines import Places


def shown(value: JSON) -> str:
    """Return a value's type and, where it is short, the value, as messages name it."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {value[:40]!r}" if value else "an empty text"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "a mapping" if value else "an empty mapping"


class Fields:
    """The keys of one mapping; every getter raises FtevalsError with FILE:LINE on a wrong value.

    Getters without a default return None for a key that is absent.
    """

    def __init__(self, values: Mapping[str, JSON], places: Places, prefix: str = "") -> None:
        self.values = values
        self.places = places
        self._prefix = prefix

    def name(self, key: str) -> str:
        """Return the dotted name of a key."""
        return f"{self._prefix}.{key}" if self._prefix else key

    def error(self, key: str, what: str, fix: str = "") -> FtevalsError:
        """Return the error that stands at a key."""
        return FtevalsError(what, where=self.places.where(self.name(key)), fix=fix)

    def known(self, keys: Collection[str]) -> None:
        """Refuse every key that is not one of `keys`."""
        for key in self.values:
            if key not in keys:
                close = did_you_mean(key, keys, spell="`{}`".format)
                fix = f"{close}The keys here are: {', '.join(keys)}."
                raise self.error(key, f"`{self.name(key)}` is not a key of a task file", fix)

    def required(self, key: str, owner: str, *, at: str | None = None, fix: str = "") -> None:
        """Refuse a mapping without `key`; `at` is the dotted key to point at, else the mapping."""
        if key not in self.values:
            place = self._prefix if at is None else at
            what = f"{owner} needs `{self.name(key)}`"
            raise FtevalsError(what, where=self.places.where(place), fix=fix)

    def text(self, key: str, *, empty: bool = False) -> str | None:
        """Return a text, empty only where allowed."""
        value = self.values.get(key)
        if key not in self.values:
            return None
        if not isinstance(value, str):
            raise self.wrong(key, "a text", "Put it into quotes.")
        if not value.strip() and not empty:
            raise self.wrong(key, "a text")
        return value

    def choice(self, key: str, words: Collection[str]) -> str | None:
        """Return one of `words`."""
        value = self.text(key)
        if value is not None and value not in words:
            close = did_you_mean(value, words, spell="`{}`".format)
            fix = f"{close}It is one of: {', '.join(words)}."
            raise self.error(key, f"`{self.name(key)}` cannot be {value!r}", fix)
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of one or more texts, each different and none empty."""
        if key not in self.values:
            return None
        items = self.values[key]
        if not isinstance(items, list) or not items:
            raise self.wrong(key, "a list of one or more texts", f"Like `{key}: [one, two]`.")
        texts: list[str] = []
        for index, item in enumerate(items):
            if not isinstance(item, str) or not item:
                raise self.error(
                    f"{key}.{index}", f"`{self.name(key)}` holds {shown(item)}, not a text"
                )
            if item in texts:
                raise self.error(f"{key}.{index}", f"`{self.name(key)}` names {item!r} twice")
            texts.append(item)
        return tuple(texts)

    def integer(self, key: str, *, minimum: int) -> int | None:
        """Return a whole number of at least `minimum`."""
        if key not in self.values:
            return None
        value = self.values[key]
        if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
            raise self.wrong(key, f"a whole number of at least {minimum}")
        return value

    def number(self, key: str) -> float | None:
        """Return a number; it is finite, for YAML reading refuses the others."""
        if key not in self.values:
            return None
        value = self.values[key]
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.wrong(key, "a number")
        return float(value)

    def flag(self, key: str) -> bool:
        """Return true or false; false without the key."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def mapping(self, key: str) -> "Fields | None":
        """Return the fields of a mapping under a key."""
        if key not in self.values:
            return None
        value = self.values[key]
        if not isinstance(value, dict) or not value:
            raise self.wrong(key, "a mapping of keys to values")
        return Fields(value, self.places, self.name(key))

    def wrong(self, key: str, wanted: str, fix: str = "") -> FtevalsError:
        """Return the error for a value that is not what is `wanted`."""
        value = self.values.get(key)
        blank = isinstance(value, str) and bool(value) and not value.strip()
        got = "a blank text" if blank else shown(value)
        return self.error(key, f"`{self.name(key)}` must be {wanted}, not {got}", fix)
