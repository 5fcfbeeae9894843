"""Which of lm-eval's tasks a test asks for, and how: what ``load_task("lm_eval:NAME")`` names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode

from pytest_ftevals.core.errors import FtevalsError

PREFIX = "lm_eval:"
"""What names of lm-eval's tasks start with."""
LIBRARY = "lm_eval"


@dataclass(frozen=True, slots=True, kw_only=True)
class LmEvalSource:
    """A task, group or tag of the installed lm-eval. Nothing of it is imported for this."""

    task: str
    """The name that lm-eval knows it by."""
    include_path: tuple[str, ...] = ()
    """Folders with task files of the user's own, absolute."""
    num_fewshot: int | None = None
    """Examples before each question; None: as the task says."""
    chat: bool = False
    """Whether prompts are messages for the model's chat template."""
    own_unit: tuple[str, ...] = ()
    """Metrics that are no rates between 0 and 1, where lm-eval does not tell."""

    @property
    def name(self) -> str:
        """The task's name in reports: lm-eval's with the prefix, and what was asked besides."""
        shots = "" if self.num_fewshot is None else f"-{self.num_fewshot}shot"
        return f"{PREFIX}{self.task}{shots}{'-chat' if self.chat else ''}"

    @property
    def path(self) -> Path:
        """What stands for a task file's path: everything that `read` needs, no file on disk."""
        asked: list[tuple[str, str]] = [("include_path", one) for one in self.include_path]
        if self.num_fewshot is not None:
            asked.append(("num_fewshot", str(self.num_fewshot)))
        if self.chat:
            asked.append(("chat", "yes"))
        asked += [("own_unit", one) for one in self.own_unit]
        rest = f"?{urlencode(asked)}" if asked else ""
        return Path(f"{PREFIX}{quote(self.task, safe='')}{rest}")

    def where(self) -> str:
        """Return what messages call it."""
        return f"load_task({PREFIX + self.task!r})"


def is_lm_eval(path: Path) -> bool:
    """Return whether a path stands for a task of lm-eval."""
    return path.name.startswith(PREFIX) and path.parent == Path()


def read_source(path: Path) -> LmEvalSource:
    """Return what a path stands for, see `LmEvalSource.path`.

    Raises FtevalsError where lm-eval is not installed.
    """
    task, _, rest = path.name.removeprefix(PREFIX).partition("?")
    asked: dict[str, list[str]] = {}
    for key, value in parse_qsl(rest, strict_parsing=bool(rest)):
        asked.setdefault(key, []).append(value)
    named = LmEvalSource(
        task=unquote(task),
        include_path=tuple(asked.get("include_path", ())),
        chat="chat" in asked,
        own_unit=tuple(asked.get("own_unit", ())),
    )
    return _checked(replace(named, num_fewshot=_shots(named, asked)))


def _shots(named: LmEvalSource, asked: Mapping[str, list[str]]) -> int | None:
    if "num_fewshot" not in asked:
        return None
    written = asked["num_fewshot"][0]
    if not re.fullmatch(r"[0-9]{1,6}", written):
        raise FtevalsError(
            f"num_fewshot is {written}; it is a whole number, 0 or more", where=named.where()
        )
    return int(written)


def _checked(source: LmEvalSource) -> LmEvalSource:
    if not source.task.strip():
        raise FtevalsError(
            "names no task",
            where=source.where(),
            fix="Give the name of a task, group or tag: load_task('lm_eval:hellaswag').",
        )
    if find_spec(LIBRARY) is None:
        raise FtevalsError(
            "needs the library lm_eval, which is not installed",
            where=source.where(),
            fix="Install it: pip install 'pytest-ftevals[lm-eval]'",
        )
    for folder in source.include_path:
        if not Path(folder).is_dir():
            raise FtevalsError(
                f"include_path names {folder}, which is no folder", where=source.where()
            )
    return source
