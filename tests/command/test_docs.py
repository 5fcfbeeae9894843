"""docs/store.md: every command in it works, and every file of a store is named."""

import re
import shlex
from contextlib import closing
from pathlib import Path

import pytest

from pytest_ftevals.command import main
from pytest_ftevals.store.claims import Claims
from pytest_ftevals.store.responses import Store

PAGE = (Path(__file__).parents[2] / "docs" / "store.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"(?:^    |\$ |run: )pytest-ftevals ([^#\n]*)", PAGE, re.MULTILINE)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store in the current folder."""
    monkeypatch.chdir(tmp_path)
    Store(Path(".ftevals")).close()
    return tmp_path / ".ftevals"


def test_commands_are_found() -> None:
    """The next test has something to run."""
    assert len(COMMANDS) == 6


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_works(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As written, on a store in the current folder."""
    assert main(shlex.split(command)) == 0
    assert capsys.readouterr().out


def test_every_file_is_named(store: Path) -> None:
    """What lies in the folder while the store is in use."""
    with closing(Store(store)) as opened, closing(Claims(opened)):
        names = {path.name for path in store.iterdir()} - {".gitignore"}
    assert {"responses.sqlite-wal", "owners", "store.lock"} <= names
    short = {name.replace("responses.sqlite-shm", "-shm") for name in names}
    assert all(f"`{name}" in PAGE for name in short)
