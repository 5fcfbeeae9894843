"""The command as a whole: what it costs to load, its help, its exit codes."""

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from pytest_ftevals.command import main
from pytest_ftevals.store.responses import Store

ROOT = Path(__file__).parents[2]
HEAVY = {"pytest", "_pytest", "torch", "transformers", "numpy", "yaml", "sqlite3", "jinja2"}


def _run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest_ftevals", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_script_is_this_command() -> None:
    """What is installed as ``pytest-ftevals``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, _, name = project["scripts"]["pytest-ftevals"].partition(":")
    assert getattr(import_module(module), name) is main


def test_it_is_light(tmp_path: Path) -> None:
    """Neither pytest nor anything for models or tasks is loaded, and SQLite only to be used."""
    script = "import sys\nfrom pytest_ftevals.command import main\ntry:\n    main(['--help'])\n"
    script += "except SystemExit:\n    print('modules', *sys.modules)\n"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    *shown, modules = run.stdout.splitlines()
    assert shown[0] == "usage: pytest-ftevals [-h] COMMAND ..."
    assert modules.startswith("modules ")
    assert not HEAVY & set(modules.split())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "required: COMMAND"),
        (("nothing",), "invalid choice: 'nothing'"),
        (("store", "nothing"), "invalid choice: 'nothing'"),
        (("store", "prune", "--unused", "0"), "'0' is no number of days, 1 or more"),
        (("store", "prune", "--unused", "-3"), "'-3' is no number of days"),
        (("store", "prune", "--keep-size", "much"), "'much' is no size; write it like 500MB"),
    ],
)
def test_wrong_usage_is_2(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the usage of the sub-command that was meant."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("usage: pytest-ftevals")
    assert says in error


def test_as_a_module(tmp_path: Path) -> None:
    """``python -m pytest_ftevals`` says the same and exits with the same code."""
    run = _run("store", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == (
        f"pytest-ftevals: {tmp_path / '.ftevals'}: there is no store\n"
        "  Name its folder with --store DIR: what pytest was given as --ftevals-store, else "
        ".ftevals in pytest's root folder.\n"
    )
    assert not (tmp_path / ".ftevals").exists()
    assert _run("store", "--help", cwd=tmp_path).returncode == 0


def test_a_reader_that_has_seen_enough_is_no_crash(tmp_path: Path) -> None:
    """As ``pytest-ftevals store | head -1`` is."""
    Store(tmp_path / ".ftevals").close()
    with subprocess.Popen(
        [sys.executable, "-m", "pytest_ftevals", "store"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
