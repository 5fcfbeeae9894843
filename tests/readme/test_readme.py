"""Every block of the README is executed, and what it shows is what comes out."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_ftevals.plugin.options import OPTIONS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DEMO = ROOT / "evalsuites" / "demo"

TASK = re.compile(r"^# (\S+\.task\.yaml)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and text."""

    language: str
    text: str


def blocks(*languages: str) -> list[Block]:
    """Return the README's blocks of the given languages, all without any."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [Block(name, text) for name, text in found if not languages or name in languages]


def normal(text: str) -> list[str]:
    """Return output lines without what differs between runs: times, platform, rulers' lengths."""
    lines = []
    for line in text.splitlines():
        if line.startswith(("platform ", "rootdir: ", "configfile: ", "plugins: ", "cachedir: ")):
            continue
        bare = re.sub(r"\d+(\.\d+)? ?(s|ms|min)\b( \d+ s)?", "TIME", line)
        bare = re.sub(r" \(0:\d\d:\d\d\)", "", bare)
        bare = re.sub(r"\d+ (stored|computed|to run)", r"N \1", bare)
        lines.append(re.sub(r"={3,}", "===", bare).rstrip())
    return [line for line in lines if line]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A project of a user: the demo's task files and data, its models named in the ini file."""
    folder = tmp_path / "project"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("test_*.py", "models", "*.pyc"))
    (folder / "pytest.ini").write_text(
        f"[pytest]\nftevals_base = {DEMO}/models/base\n"
        f"ftevals_candidate = good={DEMO}/models/good\n",
        encoding="utf-8",
    )
    return folder


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in 80 columns with this Python's scripts first."""
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "COLUMNS": "80", "PATH": f"{scripts}:{os.environ['PATH']}"}
    for name in ("CI", "BUILD_NUMBER"):  # pytest's lines are longer where these are set
        environment.pop(name, None)
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    """No block escapes: each language has a test below."""
    assert {block.language for block in blocks()} <= {"console", "python", "yaml", "toml"}


@pytest.mark.slow
def test_console_blocks_show_real_output(tmp_path: Path) -> None:
    """The commands are run on a copy of the suites; their output is the block's."""
    for folder in ("evalsuites", "pytest_ftevals"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for name in ("pyproject.toml", "Makefile", "conftest.py"):
        shutil.copy(ROOT / name, tmp_path)
    for block in blocks("console"):
        command, _, shown = block.text.partition("\n")
        words = command.removeprefix("$ ").split()
        if words[0] == "make":
            words = made(words[1])
        if not shown:
            continue
        found = run([sys.executable, "-m", *words], tmp_path)
        wanted = normal(shown)
        got = normal(found.stdout)
        missing = [line for line in wanted if line != "..." and line not in got]
        assert not missing, f"{command}: README shows lines that do not come\n{found.stdout}"


def made(target: str) -> list[str]:
    """Return the pytest command that a make target runs once everything is installed."""
    dry = subprocess.run(
        [shutil.which("make") or "make", "--dry-run", "--assume-old=.venv/installed", target],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    words = next(line for line in dry.stdout.splitlines() if "pytest" in line).split()
    start = next(index for index, word in enumerate(words) if word.endswith("pytest"))
    return ["pytest", *words[start + 1 :]]


def test_make_targets_of_the_readme_exist() -> None:
    """The two commands run pytest on the suites and on the tests."""
    assert "$ make evals\n" in README
    assert "$ make test\n" in README
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "pytest evalsuites/" in makefile
    assert "/pytest tests" in makefile


@pytest.mark.slow
@pytest.mark.parametrize(
    "block", blocks("python"), ids=lambda block: block.text.split("\n")[0][:40]
)
def test_python_blocks_pass_as_tests(suite: Path, block: Block) -> None:
    """Each block is a test module over the demo's tasks, and every test in it passes."""
    (suite / "test_block.py").write_text(block.text, encoding="utf-8")
    data = ROOT / "tests" / "standard" / "data"  # a few rows of each standard task
    found = run(
        [sys.executable, "-m", "pytest", "-q", "test_block.py", f"--ftevals-data={data}"], suite
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert re.search(r"^\d+ passed", found.stdout, re.MULTILINE)


@pytest.mark.parametrize("block", blocks("yaml"), ids=lambda block: block.text.split("\n")[0][:40])
def test_yaml_blocks_are_task_files(suite: Path, block: Block) -> None:
    """Each block names its file in a comment, and every case of it renders."""
    from pytest_ftevals.run.library import Library, declare

    name = TASK.search(block.text)
    assert name is not None, "the block's first line names its file"
    path = suite / name.group(1)
    path.write_text(block.text, encoding="utf-8")
    assert Library().task(declare(path)).cases


@pytest.mark.parametrize("block", blocks("toml"), ids=lambda block: block.text.split("\n")[0][:40])
def test_toml_blocks_are_what_is_read(block: Block) -> None:
    """An ini file, each of whose keys is the twin of an option; or a file of adapters."""
    data = tomllib.loads(block.text)
    if "adapters" in data:
        from pytest_ftevals.run.adapters_file import parse_adapters

        assert parse_adapters(block.text, where="README.md")
        return
    keys = data["tool"]["pytest"]["ini_options"]
    assert set(keys) <= {option.key for option in OPTIONS if option.ini}


def test_option_table_is_made_from_the_table_of_options() -> None:
    """The README's list and the code's are one; paste the expected text where they differ."""
    rows = [
        f"| `{option.flag}{f' {option.metavar}' if option.metavar else ''}` "
        f"| {option.help} | {option.default or ''} |".replace("  |", " |")
        for option in OPTIONS
    ]
    table = "\n".join(["| option | what it does | default |", "|---|---|---|", *rows])
    assert table in README, f"the README's option list should read:\n{table}"
