"""Options with values that cannot be: refused before anything runs, or where they are tried."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mistakes.conftest import Project

WHOLE = """\
@pytest.mark.evaluates(towns)
def test_kept(compare):
    assert compare(towns).drop <= 100
"""


@pytest.mark.parametrize(
    ("option", "parts"),
    [
        ("confidence=2", ("--ftevals-confidence: '2' is no number between 0.5 and 1", "0.95")),
        ("confidence=0.5", ("--ftevals-confidence: '0.5' is no number between",)),
        ("confidence=high", ("--ftevals-confidence: 'high' is no number between",)),
        ("batch-tokens=x", ("--ftevals-batch-tokens: 'x' is no whole number of 1 or more",)),
        ("batch-tokens=0", ("--ftevals-batch-tokens: '0' is no whole number",)),
        ("batch-tokens=1.5", ("--ftevals-batch-tokens: '1.5' is no whole number", "left out")),
        (
            "prefix-memory=much",
            ("--ftevals-prefix-memory: 'much' is no size", "like 500MB, 2GB"),
        ),
        ("quantization={x", ("--ftevals-quantization {x: cannot be read: ", "Give JSON")),
        ("quantization=none.json", ("--ftevals-quantization none.json: cannot be read: ",)),
        ("quantization=list.json", ("--ftevals-quantization list.json: is no JSON object",)),
        ('device-map={"a"', ('--ftevals-device-map {"a": cannot be read: ', "Give JSON")),
        ("tokenizer=none", ("--ftevals-tokenizer ", "no tokenizer files there", "tokenizer.json")),
        ("report=pytest.ini", ("--ftevals-report ", "it is a file, not a folder", "may write")),
        ("store=pytest.ini", ("pytest.ini: the store cannot be opened", "--ftevals-store DIR")),
        ("case=99", ("--ftevals-case: no selected test has a case '99'", "towns from 1 to 3")),
        ("candidat=x", ("unrecognized arguments: --ftevals-candidat=x",)),
    ],
)
def test_value_refused_at_the_start(
    project: "Project", option: str, parts: tuple[str, ...]
) -> None:
    """A usage error names the option, what it was given and what would be valid."""
    project.write("list.json", "[1]")
    project.refused(f"--ftevals-{option}", code=4).says(*parts)


@pytest.mark.parametrize(
    ("option", "parts"),
    [
        ("engine=vlm", ("--ftevals-engine: there is no engine 'vlm'", "Valid are transformers")),
        ("engine=none.none:X", ("--ftevals-engine: cannot import 'none.none:X'", "Name an")),
        ("device=gpu", ("--ftevals-device: 'gpu' cannot be used here: ", "Valid are auto, cpu,")),
        ("dtype=fp8", ("--ftevals-dtype: 'fp8' is not a dtype", "Valid are auto, float32,")),
        ("attention=flash", ("transformers cannot load it: ", "flash", "not supported")),
        ("device-map=everywhere", ("transformers cannot load it: ", "everywhere")),
        ('quantization={"bits": 4}', ("--ftevals-quantization: transformers does not accept",)),
    ],
)
def test_value_refused_when_models_are_loaded(
    project: "Project", option: str, parts: tuple[str, ...]
) -> None:
    """What only torch knows to be wrong fails the set-up, once a test."""
    project.test(WHOLE)
    refusal = project.refused(f"--ftevals-{option}", code=1)
    refusal.says(*parts)
    assert refusal.outcomes == {"errors": 1}
    assert "0 stored, 0 computed" in refusal.text


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("ftevals_confidence = 7", ("ftevals_confidence in pytest.ini: '7' is no number",)),
        ("ftevals_no_store = perhaps", ("ftevals_no_store in the ini file: ", "perhaps")),
        ("ftevals_quantization = {7", ("ftevals_quantization in pytest.ini {7: cannot be read",)),
    ],
)
def test_value_in_the_ini_file(project: "Project", line: str, parts: tuple[str, ...]) -> None:
    """Who wrote it into the ini file is told so, not of an option never given."""
    project.write("pytest.ini", f"[pytest]\n{line}\n")
    project.refused(code=4).says(*parts)


def test_case_of_another_task(project: "Project") -> None:
    """A task that lacks the case has its tests skipped; the rate of a part is not decided."""
    project.write(
        "test_choices.py",
        "import pytest\nfrom pytest_ftevals import load_task\n"
        "choices = load_task('choices.task.yaml')\n"
        "@choices.cases()\ndef test_choice(candidate, case): pass\n"
        "@pytest.mark.pass_rate(drop=3)\n@choices.cases()\ndef test_rate(model, case): pass\n",
    )
    refusal = project.refused("--ftevals-case=3", code=1)
    refusal.says("0 of 2 cases ran: the rate is not decided", "Run it without --ftevals-case.")
    assert refusal.outcomes == {"passed": 1, "skipped": 1, "failed": 1}


def test_case_with_tests_of_whole_tasks_only(project: "Project") -> None:
    """Where no test runs case by case, narrowing to a case is a mistake."""
    project.test(WHOLE)
    project.refused("--ftevals-case=1", code=4).says(
        "no selected test has a case '1'", "TASK.cases()"
    )
