"""A metric's options in a task file: typed, each wrong value one message."""

from collections.abc import Collection, Mapping
from pathlib import Path

from pytest_ftevals.core.canonical import JSON, canonical
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.suggest import did_you_mean
from pytest_ftevals.metrics.patterns import Pattern, PatternError
from pytest_ftevals.metrics.wording import short


class Options:
    """What one entry under ``metrics:`` says; every getter raises FtevalsError on a wrong value.

    Getters without a default return None for an option that is absent.
    """

    def __init__(self, metric: str, values: Mapping[str, JSON], folder: Path) -> None:
        """Hold the options of `metric`, from a task file in `folder`."""
        self.metric = metric
        self.values = values
        self.folder = folder

    def known(self, keys: Collection[str]) -> None:
        """Refuse every option that is not one of `keys`."""
        for key in self.values:
            if key not in keys:
                close = did_you_mean(key, keys, spell="`{}`".format)
                fix = f"{close}Its options: {', '.join(keys)}." if keys else "It takes none."
                raise self.error(f"has no option `{key}`", fix)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return true or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def number(self, key: str, *, default: float | None = None) -> float | None:
        """Return a number of at least 0."""
        value = self.values.get(key, default)
        if key not in self.values:
            return default
        if not isinstance(value, int | float) or isinstance(value, bool) or not value >= 0:
            raise self.wrong(key, "a number of at least 0")
        return float(value)

    def text(self, key: str) -> str | None:
        """Return a text that is not empty."""
        value = self.values.get(key)
        if key not in self.values:
            return None
        if not isinstance(value, str) or not value:
            raise self.wrong(key, "a text", "Put it into quotes.")
        return value

    def word(self, key: str, words: Collection[str]) -> str:
        """Return one of `words`, the first of them without the option."""
        value = self.values.get(key, next(iter(words)))
        if not isinstance(value, str) or value not in words:
            raise self.wrong(key, f"one of {', '.join(words)}")
        return value

    def pattern(self, key: str, *, groups: int | None = 1) -> Pattern | None:
        """Return a regular expression of at most so many groups (None: of any number)."""
        source = self.text(key)
        return None if source is None else self._compiled(key, source, groups)

    def patterns(self, key: str) -> tuple[Pattern, ...]:
        """Return a list of regular expressions, or one, of any groups; empty without the option."""
        value = self.values.get(key, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list):
            raise self.wrong(key, "a list of regular expressions")
        found = []
        for item in items:
            if not isinstance(item, str) or not item:
                raise self.wrong(key, "a list of regular expressions", "Put each into quotes.")
            found.append(self._compiled(key, item, None))
        return tuple(found)

    def error(self, what: str, fix: str = "") -> FtevalsError:
        """Return the error of this metric's options."""
        return FtevalsError(f"metric {self.metric!r} {what}", fix=fix)

    def wrong(self, key: str, wanted: str, fix: str = "") -> FtevalsError:
        """Return the error for a value that is not what is `wanted`."""
        got = short(canonical(self.values.get(key)), 60)
        return self.error(f"needs `{key}` to be {wanted}, not {got}", fix)

    def _compiled(self, key: str, source: str, groups: int | None) -> Pattern:
        try:
            return Pattern(source, groups=groups)
        except PatternError as error:
            raise self.error(f"cannot use `{key}`: {error}", error.fix) from None
