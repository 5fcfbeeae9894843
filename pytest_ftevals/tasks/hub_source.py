"""Hub data sets as task files name them: ``hub:ORG/NAME[:CONFIG][@REVISION]#SPLIT``."""

import re
from dataclasses import dataclass

from pytest_ftevals.core.errors import FtevalsError

PREFIX = "hub:"
_FORM = "hub:ORG/NAME[:CONFIG][@REVISION]#SPLIT"
_SOURCE = re.compile(
    r"hub:(?P<repository>\w[\w.-]*/\w[\w.-]*)"
    r"(:(?P<config>\w[\w. -]*))?(@(?P<revision>\w[\w./-]*))?#(?P<split>\w+(\.\w+)*)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSource:
    """One split of a data set on the Hugging Face hub."""

    repository: str
    """``ORG/NAME``."""
    config: str | None = None
    """The configuration, as `datasets` calls a data set's subsets; None: its default."""
    revision: str | None = None
    """A branch, tag or commit; None: the newest, or whichever is cached."""
    split: str

    def __str__(self) -> str:
        """Return it as task files write it."""
        config = f":{self.config}" if self.config else ""
        revision = f"@{self.revision}" if self.revision else ""
        return f"{PREFIX}{self.repository}{config}{revision}#{self.split}"


def read_hub_source(written: str, *, where: str) -> HubSource | None:
    """Return the hub data set that `data:` names, None where it names a file.

    Raises FtevalsError at `where` for what begins like a hub data set and names none.
    """
    if not written.startswith(PREFIX):
        return None
    found = _SOURCE.fullmatch(written)
    if found is None:
        without = "#" not in written
        what = "names no split" if without else "names no hub data set"
        raise FtevalsError(
            f"{written!r} {what}",
            where=where,
            fix=f"Write {_FORM}, like hub:cais/mmlu:all#test.",
        )
    return HubSource(
        repository=found["repository"],
        config=found["config"],
        revision=found["revision"],
        split=found["split"],
    )
