"""``--ftevals-replay`` of what cannot be decided again: one message, before or in a set-up."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.mistakes.conftest import Project, Refusal

WHOLE = """\
@pytest.mark.evaluates(towns)
def test_kept(compare):
    assert compare(towns).drop <= 100
"""
AGAIN = "Run again with models and --ftevals-report DIR"


@pytest.fixture
def earlier(project: "Project") -> Path:
    """Run the project's comparison and return the folder of its report."""
    project.test(WHOLE)
    given = [*project.arguments("base", ("good",)), "--ftevals-report=earlier"]
    project.pytester.runpytest_inprocess(*given).assert_outcomes(passed=1)
    return project.path / "earlier"


def refused(project: "Project", *options: str, code: int = 4, workers: int = 0) -> "Refusal":
    """Replay the earlier run without models, which must fail."""
    given = ("--ftevals-replay=earlier", *options)
    return project.refused(*given, code=code, base=None, candidates=(), workers=workers)


def edit_record(folder: Path, change: Callable[[Any], object]) -> None:
    """Change the parsed record.json in a folder."""
    path = folder / "record.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    change(record)
    path.write_text(json.dumps(record), encoding="utf-8")


def edit_samples(folder: Path, change: Callable[[list[str]], object]) -> None:
    """Change the lines of samples.jsonl in a folder."""
    path = folder / "samples.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    change(lines)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


@pytest.mark.parametrize("lost", ["record.json", "samples.jsonl"])
def test_a_folder_without_a_report(project: "Project", earlier: Path, lost: str) -> None:
    """Each of the two files is needed."""
    (earlier / lost).unlink()
    refused(project).says("--ftevals-replay ", f"earlier: there is no {lost}", "--ftevals-report")


def test_no_folder(project: "Project") -> None:
    """A wrong path says the same."""
    refused(project).says("--ftevals-replay ", "earlier: there is no record.json")


def test_a_broken_record(project: "Project", earlier: Path) -> None:
    """Half a file."""
    path = earlier / "record.json"
    path.write_text(path.read_text(encoding="utf-8")[:200], encoding="utf-8")
    refused(project).says("record.json: cannot be read: ", "--ftevals-report DIR")


def test_a_record_of_another_version(project: "Project", earlier: Path) -> None:
    """As the reader of records says it."""
    edit_record(earlier, lambda record: record.update(version=99))
    refused(project).says("record.json: record.version: version 99 is unknown", "run again")


def test_a_record_without_a_field(project: "Project", earlier: Path) -> None:
    """What is left out never reads as nothing."""
    edit_record(earlier, lambda record: record["tasks"][0].pop("data_hash"))
    refused(project).says("record.json: record.tasks[0]: field 'data_hash' is missing")


def test_a_run_without_models(project: "Project", earlier: Path) -> None:
    """Its models were not found, so it answered nothing."""
    edit_record(earlier, lambda record: record.update(variants=[]))
    refused(project).says("earlier: the run that wrote it had no models", AGAIN)


def _half(lines: list[str]) -> None:
    lines[1] = lines[1][:50]


def _strange(lines: list[str]) -> None:
    lines[2] = lines[2].replace('"finish": "', '"finish": "no ')


def _twice(lines: list[str]) -> None:
    lines.append(lines[0])


def _foreign(lines: list[str]) -> None:
    lines[0] = lines[0].replace('"variant": "base"', '"variant": "r8"')


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (_half, ("samples.jsonl:2: this is no JSON: ", AGAIN)),
        (_strange, ("samples.jsonl:3: sample.finish: unknown value 'no ",)),
        (_twice, ("samples.jsonl:7: task 'towns', case '1', 'base': is there twice", AGAIN)),
        (_foreign, ("samples.jsonl:1: task 'towns', case '1', 'r8': is not in the record", AGAIN)),
    ],
)
def test_broken_samples(
    project: "Project", earlier: Path, change: Callable[[list[str]], None], parts: tuple[str, ...]
) -> None:
    """The line is named."""
    edit_samples(earlier, change)
    refused(project).says(*parts)


def test_samples_without_a_choices_tokens(project: "Project") -> None:
    """A report of before they were written cannot be replayed."""
    project.test(WHOLE.replace("towns", 'load_task("choices.task.yaml")'))
    given = [*project.arguments("base", ("good",)), "--ftevals-report=earlier"]
    project.pytester.runpytest_inprocess(*given).assert_outcomes(passed=1)

    def strip(lines: list[str]) -> None:
        sample = json.loads(lines[0])
        del sample["choices"][0]["tokens"]
        lines[0] = json.dumps(sample)

    edit_samples(project.path / "earlier", strip)
    refused(project).says(
        "samples.jsonl:1: sample.choices: a text, a logprob and a number of tokens expected"
    )


@pytest.mark.slow
def test_broken_samples_in_workers(project: "Project", earlier: Path) -> None:
    """Workers cannot refuse a run: the set-up fails."""
    edit_samples(earlier, _half)
    refusal = refused(project, code=1, workers=2)
    refusal.says("samples.jsonl:2: this is no JSON: ", AGAIN)
    assert refusal.outcomes["errors"] == 1


@pytest.mark.parametrize(
    ("name", "old", "new", "what"),
    [
        ("towns.jsonl", "Lyon", "Nice", "data"),
        ("towns.task.yaml", "Where is", "Where lies", "prompt or expectation"),
        ("towns.task.yaml", "{{ land }}", "in {{ land }}", "prompt or expectation"),
        ("towns.task.yaml", "max_new_tokens: 3", "max_new_tokens: 4", "decoding"),
        (
            "towns.task.yaml",
            "max_new_tokens: 3",
            "max_new_tokens: 3, temperature: 1, samples: 2",
            "decoding and number of samples",
        ),
    ],
)
def test_a_task_that_changed(
    project: "Project", earlier: Path, name: str, old: str, new: str, what: str
) -> None:
    """Answers to another question decide nothing."""
    assert earlier.is_dir()
    project.replace(name, old, new)
    refused(project, code=1).says(
        "towns.task.yaml: task 'towns' has changed since the replayed run: its " + what + "\n",
        AGAIN,
    )


def test_a_task_that_was_not_asked(project: "Project", earlier: Path) -> None:
    """Its test fails, the others decide."""
    assert earlier.is_dir()
    other = '\n@pytest.mark.evaluates(load_task("choices.task.yaml"))\ndef test_other(compare): 0\n'
    project.test(WHOLE + other)
    refusal = refused(project, code=1)
    refusal.says(
        "earlier: the replayed run did not ask task 'choices'; its tasks are: towns", AGAIN
    )
    assert refusal.outcomes == {"passed": 1, "errors": 1}


def test_a_case_that_was_not_asked(project: "Project", earlier: Path) -> None:
    """The first is named, the others are counted."""
    edit_samples(earlier, lambda lines: lines.__delitem__(slice(2, None)))
    refused(project, code=1).says(
        "earlier: the replayed run did not ask base case 2 of task 'towns'",
        AGAIN,
        "and 1 more cases",
    )


def test_a_variant_that_was_not_asked(project: "Project") -> None:
    """A comparison takes the base as well."""
    given = [*project.arguments("base", ("good",)), "--ftevals-report=earlier"]
    project.pytester.runpytest_inprocess(*given).assert_outcomes(passed=3)
    project.test(WHOLE)
    refused(project, code=1).says("earlier: the replayed run did not ask base task 'towns'", AGAIN)


def test_an_undeclared_task_that_was_not_asked(project: "Project", earlier: Path) -> None:
    """Found out in the test's body, it names the user's line."""
    assert earlier.is_dir()
    body = 'assert compare(load_task("choices.task.yaml")).drop <= 3'
    project.test(f"def test_other(compare):\n    {body}")
    refused(project, code=1).says("the replayed run did not ask task 'choices'", AGAIN)


@pytest.mark.parametrize(
    "option", ["base=x", "candidate=r8=x", "dtype=bfloat16", "tokenizer=x", "sequential"]
)
def test_options_of_models(project: "Project", earlier: Path, option: str) -> None:
    """Nothing would heed them."""
    assert earlier.is_dir()
    flag = f"--ftevals-{option.partition('=')[0]}"
    refused(project, f"--ftevals-{option}").says(
        "--ftevals-replay ", f"earlier: no model is asked, so {flag} cannot be heeded", "Leave out"
    )


def test_all_of_them_are_named(project: "Project", earlier: Path) -> None:
    """In one message."""
    assert earlier.is_dir()
    refused(project, "--ftevals-candidate=x", "--ftevals-base=y").says(
        "so --ftevals-base, --ftevals-candidate cannot be heeded"
    )


def test_the_report_would_overwrite_it(project: "Project", earlier: Path) -> None:
    """However the folder is written."""
    before = (earlier / "record.json").read_bytes()
    refused(project, "--ftevals-report=./earlier/../earlier").says(
        "earlier: --ftevals-report names the same folder, and would overwrite", "of its own"
    )
    project.write("pytest.ini", "[pytest]\nftevals_report = earlier\n")
    refused(project).says("earlier: ftevals_report in pytest.ini names the same folder")
    assert (earlier / "record.json").read_bytes() == before
