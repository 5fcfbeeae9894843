"""A digest of the user's own files that a task of lm-eval is made from."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from pytest_ftevals.core.canonical import JSON, digest
from pytest_ftevals.tasks.lm_eval.source import LmEvalSource

_ENDINGS = (".py", "yaml", ".yml")
"""lm-eval's own tasks include files called ``_template_yaml``."""


def code_digest(source: LmEvalSource) -> str:
    """Return a digest of all Python and YAML files in the folders of include_path, at any depth.

    A task file may include others and use code of any of them. lm-eval's own need none: its
    version tells. Contents and places within a folder count, not where that lies; folders whose
    name begins with a dot are left out.
    """
    found: list[JSON] = [[*_contents(Path(one).resolve())] for one in source.include_path]
    return digest(found)


def _contents(folder: Path) -> Iterator[JSON]:
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        hidden = any(one.startswith(".") for one in place.parts[:-1])
        if path.name.endswith(_ENDINGS) and not hidden and path.is_file():
            yield [place.as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()]
