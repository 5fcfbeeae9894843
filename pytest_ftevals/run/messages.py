"""What the processes of one run tell each other beside pytest's reports: small files in a folder.

No part of the store: it lasts as long as the run, and nobody waits for anybody. Telling is a help
and never a duty, so a disk that is full, or a worker on another host, means silence and no error.
"""

import json
from contextlib import suppress
from pathlib import Path

from pytest_ftevals.core.canonical import JSON


class Messages:
    """A folder of messages, each the latest of one kind from one process."""

    def __init__(self, folder: Path) -> None:
        """Make nothing yet: the first who has something to tell makes the folder."""
        self._folder = folder

    def put(self, kind: str, sender: str, content: JSON) -> None:
        """Replace what `sender` said before; whoever reads meanwhile sees the old or the new."""
        path = self._folder / f"{sender}.{kind}"
        draft = path.with_name(f"{path.name}.draft")
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            draft.write_text(json.dumps(content), encoding="utf-8")
            draft.replace(path)

    def get(self, kind: str, sender: str) -> JSON:
        """Return what `sender` said last, or None."""
        try:
            content: JSON = json.loads((self._folder / f"{sender}.{kind}").read_bytes())
        except (OSError, ValueError):
            return None
        return content
