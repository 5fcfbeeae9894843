"""Every option has an ini twin: command line, then ini file, then default."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

TEXTS = [
    ("engine", "fakes:Engine", "others:Engine", "transformers"),
    ("device", "mps", "cuda:1", "auto"),
    ("dtype", "float16", "bfloat16", "auto"),
    ("attention", "eager", "sdpa", "auto"),
    ("device-map", "balanced", "auto", None),
    ("quantization", '{"quant_method": "a"}', '{"quant_method": "b"}', None),
]
NUMBERS = [
    ("confidence", "0.9", "0.8", 0.95),
    ("batch-tokens", "100", "200", None),
    ("prefix-memory", "100", "200", None),
]
FLAGS = ["offline", "trust-remote-code", "sequential"]


@pytest.mark.parametrize(("name", "ini", "line", "default"), [*TEXTS, *NUMBERS])
def test_command_line_then_ini_then_default(
    project: "Project", name: str, ini: str, line: str, default: object
) -> None:
    """The record's options show which value was taken."""
    project.keeps(cases=1)
    (project.path / "others.py").write_text("from fakes import Engine\n")
    key = name.replace("-", "_")

    def taken(*arguments: str) -> object:
        options = project.record(*arguments)["run"]["options"]
        value = options[key]
        return value["quant_method"] if key == "quantization" and value else value

    def plain(text: str) -> object:
        if (name, ini, line, default) in NUMBERS:
            return float(text)
        return text.partition(": ")[2].strip('"}') if text.startswith("{") else text

    project.ini(**{key: ini})
    assert taken() == plain(ini)
    assert taken(f"--ftevals-{name}={line}") == plain(line)
    if name != "engine":  # the default engine has its own test, with real models
        project.ini()
        assert taken() == default


@pytest.mark.parametrize("name", FLAGS)
def test_flags(project: "Project", name: str) -> None:
    """A flag is off, turned on by the ini file or by the command line."""
    project.keeps(cases=1)
    key = name.replace("-", "_")
    for value, arguments, expected in (
        (None, (), False),
        ("false", (), False),
        ("true", (), True),
        (None, (f"--ftevals-{name}",), True),
        ("false", (f"--ftevals-{name}",), True),
    ):
        project.ini(**{key: value})
        assert project.record(*arguments)["run"]["options"][key] is expected


@pytest.mark.parametrize("where", ["pytest.ini", "pyproject.toml", "native"])
def test_every_kind_of_ini_file(project: "Project", where: str) -> None:
    """pytest.ini, pyproject.toml's ini_options and its native table all work."""
    project.keeps(cases=1)
    if where != "pytest.ini":
        (project.path / "pytest.ini").unlink()
        table = "tool.pytest" if where == "native" else "tool.pytest.ini_options"
        (project.path / "pyproject.toml").write_text(
            f'[{table}]\npythonpath = ["."]\nftevals_base = "base"\n'
            'ftevals_candidate = ["one=good"]\nftevals_engine = "fakes:Engine"\n'
            'ftevals_confidence = "0.9"\n'
            + ("ftevals_offline = true\n" if where == "native" else 'ftevals_offline = "true"\n')
        )
    else:
        project.ini(candidate="one=good", confidence="0.9", offline="true")
    run = project.record()["run"]
    assert run["confidence"] == 0.9
    assert run["options"]["offline"] is True
    assert run["options"]["candidates"] == {"one": "good"}


@pytest.mark.parametrize(
    ("key", "value"),
    [("confidence", "7"), ("candidate", "base=good"), ("quantization", "[]"), ("store", "base")],
)
def test_wrong_value_in_the_ini_file_is_one_message(
    project: "Project", key: str, value: str
) -> None:
    """A wrong value there is named like one on the command line, or (a folder) simply works."""
    project.keeps()
    project.ini(**{key: value})
    result = project.run()
    output = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in output
    assert "Traceback" not in output
    if key == "store":
        assert result.ret == 0
    else:
        assert result.ret in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR)
        assert f"ftevals_{key}" in output or f"--ftevals-{key}" in output


def test_tokenizer_of_the_ini_file(project: "Project", monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the ini file is relative to it, one of the command line to where one is."""
    project.keeps(cases=1)
    for folder in ("sub/tok", "tok"):
        (project.path / folder).mkdir(parents=True)
        (project.path / folder / "tokenizer.json").write_text("{}")
    project.ini(tokenizer="tok")
    monkeypatch.chdir(project.path / "sub")
    project.run("..", "--ftevals-report=ini")
    project.run("..", "--ftevals-report=line", "--ftevals-tokenizer=tok")
    ini, line = (
        project.read(f"sub/{name}")["run"]["options"]["tokenizer"] for name in ("ini", "line")
    )
    assert ini == str(project.path / "tok")
    assert line == str(project.path / "sub/tok")
