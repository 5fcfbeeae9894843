"""What the package's own code keeps to: who imports whom, sizes, names, and no hidden channels.

Read with `ast`, so that a rule is held without running anything.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "pytest_ftevals"
MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_FUNCTION = 60

MIDDLE = ("tasks", "planning", "metrics", "stats", "verdicts", "labels", "reports", "store")
MAY_IMPORT: dict[str, frozenset[str]] = {
    "core": frozenset(),
    "tasks": frozenset({"core"}),
    "planning": frozenset({"core"}),
    "metrics": frozenset({"core"}),
    "stats": frozenset({"core"}),
    "verdicts": frozenset({"core", "stats"}),
    "labels": frozenset({"core"}),
    "reports": frozenset({"core"}),
    "store": frozenset({"core"}),
    "engines": frozenset({"core"}),
    "run": frozenset({"core", "engines", *MIDDLE}),
    "plugin": frozenset({"core", "run", ""}),  # "" for where the package lies
    "command": frozenset({"core", "store", "reports"}),
    "__main__": frozenset({"command"}),  # python -m pytest_ftevals
    "": frozenset({"core", "plugin"}),  # the public names in pytest_ftevals/__init__.py
}
"""The table of the design, section 3."""

ONLY_IN: dict[str, frozenset[str]] = {
    "pytest": frozenset({"plugin"}),
    "_pytest": frozenset({"plugin"}),
    "xdist": frozenset({"plugin"}),
    "pytest_html": frozenset({"plugin"}),
    "torch": frozenset({"engines"}),
    "transformers": frozenset({"engines"}),
    "peft": frozenset({"engines"}),
    "safetensors": frozenset({"engines"}),
    # Models, what data sets are cached, and model cards.
    "huggingface_hub": frozenset({"engines", "tasks", "reports"}),
    "mlflow": frozenset({"command"}),
    "yaml": frozenset({"tasks"}),
    "sqlite3": frozenset({"store"}),
}
"""Library -> the packages that may import it, wherever in a module."""

HEAVY = frozenset(
    {
        "torch",
        "transformers",
        "peft",
        "scipy",
        "sklearn",
        "sacrebleu",
        "nltk",
        "bert_score",
        "lm_eval",
        "langdetect",
        "datasets",
        "pyarrow",
        "numpy",
        "rouge_score",
        "jsonschema",
        "huggingface_hub",
        "mlflow",
    }
)
"""Imported inside the functions that use them, never with a module."""
HEAVY_AT_TOP = "engines.transformers"
"""The one package whose modules are themselves imported only when a model is needed."""

LONG_FILES: frozenset[str] = frozenset()
"""Modules over `MOST_LINES_OF_A_FILE`, each with its reason here."""
LONG_FUNCTIONS: frozenset[str] = frozenset()
"""``module:function`` over `MOST_LINES_OF_A_FUNCTION`, each with its reason here."""

VAGUE = frozenset({"utils", "util", "helpers", "helper", "common", "misc"})
ENVIRONMENT = re.compile(r"(os\.)?environb?\b")
READS = frozenset({"get", "keys", "values", "items", "copy"})
ABSOLUTE = re.compile(r"(?<![\w./}>~-])/(work|tmp|home|root|usr|var|etc|mnt|opt|srv|Users)\b")


@dataclass(frozen=True)
class Import:
    """One import statement's module, and whether it runs with the module that holds it."""

    name: str
    at_top: bool
    line: int


@dataclass(frozen=True)
class Module:
    """A module of the package, parsed."""

    path: Path
    name: str
    """Dotted, without the package: ``run.answers``; empty for the package itself."""
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The sub-package it belongs to."""
        return self.name.partition(".")[0]

    def where(self, line: int) -> str:
        """Return ``FILE:LINE`` for a message."""
        return f"{self.path.relative_to(ROOT)}:{line}"


def _modules() -> list[Module]:
    found = []
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT / PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        found.append(Module(path, name, text, ast.parse(text)))
    return found


MODULES = _modules()
NAMES = {module.name for module in MODULES}


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _imports(module: Module, *, for_types: bool = True) -> Iterator[Import]:
    """Yield a module's imports; those for type checkers alone only where asked for."""
    pending: list[tuple[ast.AST, bool]] = [(module.tree, True)]
    while pending:
        node, at_top = pending.pop()
        if _is_type_checking(node) and isinstance(node, ast.If):
            if for_types:
                pending += [(child, False) for child in node.body]
            pending += [(child, at_top) for child in node.orelse]
            continue
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, at_top, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.where(node.lineno)}: a relative import"
            yield from (Import(name, at_top, node.lineno) for name in _from(node))
        inside = at_top and not isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
        )
        pending += [(child, inside) for child in ast.iter_child_nodes(node)]


def _from(node: ast.ImportFrom) -> Iterator[str]:
    """Yield what ``from X import a, b`` imports: ``X.a`` where that is a module, else ``X``."""
    for alias in node.names:
        inner = f"{node.module}.{alias.name}"
        yield inner if inner.removeprefix(f"{PACKAGE}.") in NAMES else str(node.module)


def _own(name: str) -> str | None:
    """Return a module of ours without the package's name, or None for another's."""
    if name == PACKAGE:
        return ""
    return name.removeprefix(f"{PACKAGE}.") if name.startswith(f"{PACKAGE}.") else None


def _functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _check(violations: Iterable[str]) -> None:
    """Fail with all violations at once, a line each."""
    found = list(violations)
    assert not found, "\n" + "\n".join(found)


def test_the_table_names_every_package() -> None:
    """A new package needs a line in the design's table and in this one."""
    assert {module.package for module in MODULES} == set(MAY_IMPORT)


def test_packages_import_what_the_design_allows() -> None:
    """Imports for type checkers count too: a name known is a name depended on."""
    _check(
        f"{module.where(one.line)}: {module.package} may not import {one.name}"
        for module in MODULES
        for one in _imports(module)
        if (own := _own(one.name)) is not None
        and own.partition(".")[0] not in MAY_IMPORT[module.package] | {module.package}
    )


def test_libraries_stay_in_their_packages() -> None:
    """The plugin alone knows pytest, engines alone load models, tasks alone read YAML."""
    _check(
        f"{module.where(one.line)}: {one.name} belongs to {', '.join(homes)}"
        for module in MODULES
        for one in _imports(module)
        if (homes := ONLY_IN.get(one.name.partition(".")[0])) is not None
        and module.package not in homes
    )


def test_heavy_libraries_are_imported_where_they_are_used() -> None:
    """Collection must stay light: they come inside functions."""
    _check(
        f"{module.where(one.line)}: {one.name} is imported with the module"
        for module in MODULES
        if not module.name.startswith(HEAVY_AT_TOP)
        for one in _imports(module, for_types=False)
        if one.at_top and one.name.partition(".")[0] in HEAVY
    )


def test_no_one_reaches_into_an_engine() -> None:
    """An engine is found by its name; nothing outside its folder imports its modules."""
    _check(
        f"{module.where(one.line)}: imports {one.name}"
        for module in MODULES
        if not module.name.startswith(HEAVY_AT_TOP)
        for one in _imports(module)
        if (_own(one.name) or "").startswith(HEAVY_AT_TOP)
    )


def test_no_module_imports_itself_by_a_detour() -> None:
    """No cycles between modules, whether imported at the top or inside a function."""
    graph = {
        module.name: {
            own
            for one in _imports(module, for_types=False)
            if (own := _own(one.name)) is not None and own in NAMES and own != module.name
        }
        for module in MODULES
    }
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            pytest.fail(" -> ".join((*path[path.index(name) :], name)))
        if name not in done:
            for imported in sorted(graph[name]):
                visit(imported, (*path, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_files_are_short() -> None:
    """A long file holds two things."""
    _check(
        f"{module.path.relative_to(ROOT)} has {lines} lines"
        for module in MODULES
        if (lines := len(module.text.splitlines())) > MOST_LINES_OF_A_FILE
        and module.name not in LONG_FILES
    )


def test_functions_are_short() -> None:
    """A long function does two things."""
    _check(
        f"{module.where(node.lineno)}: {node.name} has {lines} lines"
        for module in MODULES
        for node in _functions(module)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
        and f"{module.name}:{node.name}" not in LONG_FUNCTIONS
    )


def test_exceptions_are_needed() -> None:
    """An exception whose reason is gone goes too."""
    known = {f"{module.name}:{node.name}" for module in MODULES for node in _functions(module)}
    assert known >= LONG_FUNCTIONS
    assert NAMES >= LONG_FILES


def test_files_are_named_after_what_they_own() -> None:
    """``utils`` and its kin own nothing."""
    _check(str(module.path) for module in MODULES if VAGUE & set(module.name.split(".")))


def test_there_are_no_hidden_channels() -> None:
    """No `global`, and nothing is told through the environment."""
    _check(
        f"{module.where(line)}: {what}"
        for module in MODULES
        for node in ast.walk(module.tree)
        for line, what in _channels(node)
    )


def _channels(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Global):
        yield node.lineno, "a global statement"
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign | ast.Delete):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    elif isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        told = ENVIRONMENT.match(called) and called.rpartition(".")[2] not in READS
        if told or called.endswith(("putenv", "unsetenv")):
            yield node.lineno, f"{called}() writes the environment"
    for target in targets:
        if ENVIRONMENT.match(ast.unparse(target)):
            yield target.lineno, "writes the environment"


def test_everything_public_is_documented() -> None:
    """Modules, and the classes, functions and methods whose names have no underscore."""
    _check(
        f"{module.where(node.lineno)}: {name} has no docstring"
        for module in MODULES
        for name, node in _public(module.tree)
        if not ast.get_docstring(node)
    )
    _check(str(module.path) for module in MODULES if not ast.get_docstring(module.tree))


Public = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _public(parent: ast.Module | ast.ClassDef) -> Iterator[tuple[str, Public]]:
    for node in parent.body:
        if isinstance(node, Public) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                yield from ((f"{node.name}.{inner}", found) for inner, found in _public(node))


def test_nothing_shipped_names_a_machines_folders() -> None:
    """Absolute paths are of one machine; what is shipped runs on all."""
    shipped = [
        path
        for path in sorted((ROOT / PACKAGE).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert len(shipped) > len(MODULES)
    _check(
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in shipped
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if ABSOLUTE.search(line)
    )


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import torch", [("torch", True)]),
        ("import torch.nn as nn, peft", [("torch.nn", True), ("peft", True)]),
        ("def f():\n    import torch", [("torch", False)]),
        ("class C:\n    import torch", [("torch", True)]),
        ("try:\n    import torch\nexcept ImportError:\n    torch = None", [("torch", True)]),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch", []),
        ("if TYPE_CHECKING:\n    pass\nelse:\n    import torch", [("torch", True)]),
        ("from pytest_ftevals import run", [("pytest_ftevals.run", True)]),
        ("from pytest_ftevals.run import answers", [("pytest_ftevals.run.answers", True)]),
        ("from pytest_ftevals.run.answers import Answers", [("pytest_ftevals.run.answers", True)]),
    ],
)
def test_imports_are_seen(source: str, found: list[tuple[str, bool]]) -> None:
    """The rules above are only as good as what they see."""
    module = Module(ROOT / "x.py", "x", source, ast.parse(source))
    seen = {(one.name, one.at_top) for one in _imports(module, for_types=False)}
    assert {one for one in seen if one[0] != "typing"} == set(found)
    for_types = {one.name for one in _imports(module)}
    assert any("torch" in name for name in for_types) == ("torch" in source)


@pytest.mark.parametrize(
    ("source", "hidden"),
    [
        ("def f():\n    global x", True),
        ("os.environ['X'] = '1'", True),
        ("del os.environ['X']", True),
        ("os.environ |= {}", True),
        ("os.environ.update(X='1')", True),
        ("environ.setdefault('X', '1')", True),
        ("os.putenv('X', '1')", True),
        ("os.environ.get('X')", False),
        ("x = dict(os.environ)", False),
        ("x = os.environ['X']", False),
        ("environment.filters['x'] = f", False),
    ],
)
def test_channels_are_seen(source: str, *, hidden: bool) -> None:
    """Every way to write the environment is one; reading it is none."""
    assert any(list(_channels(node)) for node in ast.walk(ast.parse(source))) == hidden


@pytest.mark.parametrize(
    ("line", "absolute"),
    [
        ('Path("/work/main")', True),
        ("see /tmp/x", True),
        ("(/home/me)", True),
        ("`/usr`", True),
        ("https://example.org/work/tmp", False),
        ("evalsuites/work/tmp", False),
        ("../tmp", False),
        ("and/or/etc", False),
        ("a /workbench", False),
    ],
)
def test_absolute_paths_are_seen(line: str, *, absolute: bool) -> None:
    """A path from the root of a machine, not one below another folder or in an address."""
    assert bool(ABSOLUTE.search(line)) == absolute
