"""``pytest-ftevals new``: a task file, a few rows and a test to start from."""

import argparse
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError

TEMPLATES = Path(__file__).with_name("templates")
PLACEHOLDER = "__NAME__"
"""What stands for the name in templates, and in the names of the files made from them."""
FILES: Mapping[str, str] = {
    "task.yaml.txt": f"{PLACEHOLDER}.task.yaml",
    "data.jsonl.txt": f"{PLACEHOLDER}.jsonl",
    "dev.jsonl.txt": f"{PLACEHOLDER}_dev.jsonl",
    "test.py.txt": f"test_{PLACEHOLDER}.py",
}
"""Template -> the file that it makes; a kind without examples has no ``dev``."""

_ABOUT = """\
Write a commented task file, a few rows and a test of them: a suite that runs as it is, to be made
your own. Files that exist are never overwritten."""
_KINDS = {
    "choice": "questions with options, compared by their likelihood, in categories",
    "generate": "messages with the right reply",
}


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the sub-command to the command's parser."""
    parser = commands.add_parser(
        "new",
        help="Write a task file, a few rows and a test to start from.",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=_new)
    parser.add_argument("name", metavar="NAME", help="the task's name, and its files'")
    parser.add_argument(
        "--kind",
        choices=tuple(_KINDS),
        default="choice",
        help="; ".join(f"{kind}: {what}" for kind, what in _KINDS.items()) + " (default: choice)",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="where to write them; made if it is missing (default: the current folder)",
    )


def _new(chosen: argparse.Namespace) -> Iterator[str]:
    name, folder = _checked(chosen.name), chosen.folder
    texts = {
        folder / made.replace(PLACEHOLDER, name): template.read_text(encoding="utf-8")
        for source, made in FILES.items()
        if (template := TEMPLATES / chosen.kind / source).exists()
    }
    if taken := [path.name for path in texts if path.exists()]:
        raise FtevalsError(
            f"there is already {', '.join(taken)}",
            where=str(folder.absolute()),
            fix="Give another name, or another folder with --folder DIR.",
        )
    for path, text in texts.items():
        _write(path, text.replace(PLACEHOLDER, name))
        yield f"wrote {path}"
    test = folder / f"test_{name}.py"
    yield f"run   pytest {test} --ftevals-base ORG/MODEL --ftevals-candidate out/adapter"


def _checked(name: str) -> str:
    """Return a name that tasks and Python's modules can have; raises FtevalsError for others."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        return name
    raise FtevalsError(
        f"{name!r} cannot be a task's name",
        where="pytest-ftevals new",
        fix="Use letters, digits, `_` and `-`, such as clinical_pharmacology.",
    )


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise FtevalsError(
            f"cannot be written: {error.strerror}",
            where=str(path.absolute()),
            fix="Name a folder of yours with --folder DIR.",
        ) from error
