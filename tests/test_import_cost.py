"""What a project without evaluations pays for having the plugin installed: next to nothing.

Modules are counted, not milliseconds, so that a busy machine changes no result. The lists are of
what one process loaded, from a run of its own with the plugin installed as for users.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LOADED = frozenset(
    {
        "pytest_ftevals",
        "pytest_ftevals.plugin",
        "pytest_ftevals.plugin.fixtures",
        "pytest_ftevals.plugin.hookspecs",
        "pytest_ftevals.plugin.interest",
        "pytest_ftevals.plugin.listener",
        "pytest_ftevals.plugin.options",
        "pytest_ftevals.plugin.stash",
        "pytest_ftevals.plugin.workers",
    }
)
"""All of ours that a run without evaluations imports. A new one is a cost to every user: think."""

FORBIDDEN = frozenset(
    {
        "pytest_ftevals.core",
        "pytest_ftevals.run",
        "pytest_ftevals.tasks",
        "yaml",
        "jinja2",
        "jsonschema",
        "numpy",
        "scipy",
        "sklearn",
        "datasets",
        "torch",
        "transformers",
        "peft",
        "sqlite3",
        "http",
        "urllib.request",
    }
)
"""Never loaded with a bare pytest run."""

MODELS = frozenset({"torch", "transformers", "peft", "tokenizers", "safetensors", "datasets"})
SCIENCE = frozenset({"numpy", "scipy", "sklearn", "pandas"})

CONFTEST = """
import json, os, sys
def pytest_unconfigure(config):
    with open(os.environ["MODULES"], "w") as file:
        json.dump(sorted(sys.modules), file)
"""
TASK = """
name: words
kind: generate
data: words.jsonl
prompt: "Say {{ word }}"
expected: "{{ word }}"
metrics: [accuracy]
"""
EVALS = """
import pytest
from pytest_ftevals import load_task
words = load_task("words.task.yaml")

@pytest.mark.evaluates(words)
def test_words(compare):
    assert compare(words).drop <= 3

@words.cases()
def test_case(candidate, case):
    assert candidate.generate(case)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one test that has nothing to do with models."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_plain.py").write_text("def test_plain():\n    assert True\n")
    return tmp_path


def _loaded(project: Path, *arguments: str, plugin: bool = True, status: int = 0) -> set[str]:
    """Run pytest and return the modules it had loaded at its end."""
    report = project / "modules.json"
    kept = ("PATH", "HOME", "LANG", "SYSTEMROOT")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"MODULES": str(report), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    wanted = ("-p", "pytest_ftevals.plugin") if plugin else ()
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *wanted, *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == status, run.stdout + run.stderr
    return set(json.loads(report.read_text()))


def _ours(loaded: set[str]) -> set[str]:
    return {name for name in loaded if name.partition(".")[0] == "pytest_ftevals"}


@pytest.mark.parametrize("arguments", [("--collect-only",), ()], ids=["collect-only", "run"])
def test_a_project_without_evals_loads_the_hooks_alone(
    project: Path, arguments: tuple[str, ...]
) -> None:
    """Exactly the modules above, and of libraries not one that pytest had not loaded itself."""
    loaded = _loaded(project, *arguments)
    assert _ours(loaded) == LOADED
    assert not loaded & FORBIDDEN
    bare = _loaded(project, *arguments, plugin=False)
    new = {name.partition(".")[0] for name in loaded - bare}
    assert new - {"pytest_ftevals"} == set()


def test_an_empty_project_loads_the_hooks_alone(project: Path) -> None:
    """No tests at all: pytest says so (5), and nothing more is loaded."""
    (project / "test_plain.py").unlink()
    assert _ours(_loaded(project, "--collect-only", status=5)) == LOADED


def test_the_plugin_is_found_by_its_entry_point() -> None:
    """What users install is the module that is measured here."""
    from importlib.metadata import entry_points

    (found,) = entry_points(group="pytest11", name="ftevals")
    assert found.value == "pytest_ftevals.plugin"


def test_help_loads_no_more(project: Path) -> None:
    """``--help`` needs the options' table alone."""
    loaded = _loaded(project, "--help")
    assert _ours(loaded) == LOADED
    assert not loaded & FORBIDDEN


def test_collecting_evals_loads_no_model_library(project: Path) -> None:
    """Tasks are read and tests are planned without torch, and without numpy or scikit-learn."""
    (project / "test_plain.py").write_text(EVALS)
    (project / "words.task.yaml").write_text(TASK)
    (project / "words.jsonl").write_text('{"word": "a"}\n{"word": "b"}\n')
    for name, config, weights in (
        ("base", "config.json", "model.safetensors"),
        ("r8", "adapter_config.json", "adapter_model.safetensors"),
    ):
        (project / name).mkdir()
        (project / name / config).write_text('{"model_type": "llama"}')
        (project / name / weights).write_text("weights")
    (project / "base" / "tokenizer.json").write_text("{}")
    chosen = ("--ftevals-base", "base", "--ftevals-candidate", "r8")
    loaded = _loaded(project, "--collect-only", *chosen)
    assert "pytest_ftevals.run.session" in loaded
    assert not loaded & (MODELS | SCIENCE)
    assert not any(name.startswith("pytest_ftevals.engines.transformers") for name in loaded)


def test_importing_the_public_names_loads_what_they_need() -> None:
    """``import pytest_ftevals`` is free; its names come from their homes on first use."""
    script = (
        "import sys, pytest_ftevals\n"
        "first = {name for name in sys.modules if name.startswith('pytest_ftevals')}\n"
        "from pytest_ftevals import FtevalsError, load_task\n"
        "print(sorted(first), FtevalsError.__module__, load_task.__module__)\n"
        "try:\n    pytest_ftevals.nothing\nexcept AttributeError as error:\n    print(error)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [
        "['pytest_ftevals'] pytest_ftevals.core.errors pytest_ftevals.plugin.declare",
        "module 'pytest_ftevals' has no attribute 'nothing'",
    ]
