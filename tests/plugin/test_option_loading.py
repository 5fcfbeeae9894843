"""Options that shape how models are loaded and what their numbers depend on."""

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Models, Project


@pytest.mark.parametrize(
    ("option", "value"), [("device", "mps"), ("dtype", "bfloat16"), ("attention", "eager")]
)
def test_numerics_are_recorded_and_part_of_the_key(
    project: "Project", option: str, value: str
) -> None:
    """The resolved value is in the record; another one misses the store, the first still hits."""
    project.keeps(cases=3)
    project.run().assert_outcomes(passed=1)
    record = project.record(f"--ftevals-{option}={value}")
    assert record["run"]["numerics"][option] == value
    assert record["run"]["options"][option] == value
    assert record["run"]["plan"]["computed"] == 6
    assert project.record()["run"]["plan"]["computed"] == 0


def test_resolved_value_shares_answers_with_auto(project: "Project") -> None:
    """What auto resolves to hits the answers that auto computed."""
    project.keeps(cases=3)
    project.run().assert_outcomes(passed=1)
    record = project.record("--ftevals-dtype=float32", "--ftevals-device=cpu")
    assert record["run"]["plan"]["computed"] == 0


def test_real_dtype_and_attention(real: "Project") -> None:
    """A real model runs in the precision and attention asked for; header and record say so."""
    real.keeps(cases=2, decode={"max_new_tokens": 2})
    auto = real.record()["run"]["numerics"]
    assert (auto["device"], auto["dtype"]) == ("cpu", "float32")
    record = real.record("--ftevals-dtype=bfloat16", "--ftevals-attention=eager")
    numerics = record["run"]["numerics"]
    assert (numerics["dtype"], numerics["attention"]) == ("bfloat16", "eager")
    assert record["run"]["plan"]["computed"] == 4
    assert {one["dtype"] for one in record["variants"]} == {"bfloat16"}
    real.result.stdout.fnmatch_lines(["base * bfloat16 * cpu"])


@pytest.mark.parametrize(
    ("option", "value"), [("dtype", "float23"), ("device", "gpu"), ("attention", "telepathy")]
)
def test_real_values_that_are_none(real: "Project", option: str, value: str) -> None:
    """A precision, device or attention that does not exist is named; no traceback of ours."""
    real.keeps(cases=2, decode={"max_new_tokens": 2})
    result = real.run(f"--ftevals-{option}={value}")
    assert result.ret != 0
    output = result.stdout.str() + result.stderr.str()
    assert value in output
    assert "INTERNALERROR" not in output
    assert "Traceback" not in output


def test_tokenizer_folder(real: "Project", models: "Models") -> None:
    """Another folder with the same tokenizer gives the same answers, from the store."""
    real.keeps(cases=2, decode={"max_new_tokens": 2})
    before = real.record()
    after = real.record(f"--ftevals-tokenizer={models.full}")
    assert after["run"]["options"]["tokenizer"] == str(models.full)
    assert after["run"]["plan"]["computed"] == 0
    assert before["comparisons"] == after["comparisons"]


def test_another_tokenizer_misses_the_store(project: "Project") -> None:
    """Tokenizer files are part of the key."""
    project.keeps(cases=3)
    project.run().assert_outcomes(passed=1)
    (project.path / "other").mkdir()
    (project.path / "other/tokenizer.json").write_text('{"other": 1}')
    assert project.record("--ftevals-tokenizer=other")["run"]["plan"]["computed"] == 6


def test_tokenizer_folder_without_one(project: "Project") -> None:
    """A folder without tokenizer files is a usage error."""
    project.keeps()
    result = project.run("--ftevals-tokenizer=good")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--ftevals-tokenizer *good: no tokenizer files there"])


@pytest.mark.parametrize("value", ['{"quant_method": "none"', "[1]", "no/such/file.json"])
def test_quantization_is_a_json_object(project: "Project", value: str) -> None:
    """What is no JSON object, here or in a file, is a usage error."""
    project.keeps()
    result = project.run(f"--ftevals-quantization={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--ftevals-quantization*"])


def test_quantization_from_a_file(project: "Project") -> None:
    """A JSON file is read, relative to where it is named."""
    project.keeps()
    config = {"quant_method": "fake", "bits": 4}
    (project.path / "four.json").write_text(json.dumps(config))
    record = project.record("--ftevals-quantization=four.json")
    assert record["run"]["options"]["quantization"] == config


@pytest.mark.parametrize(
    ("value", "read"), [("balanced", "balanced"), ('{"": "cpu"}', {"": "cpu"}), ('{"a": 1}', None)]
)
def test_device_map(project: "Project", value: str, read: object) -> None:
    """A device map is a name or a JSON object."""
    project.keeps()
    record = project.record(f"--ftevals-device-map={value}")
    assert record["run"]["options"]["device_map"] == (read or {"a": 1})


def test_trust_remote_code(project: "Project") -> None:
    """Code that comes with a model counts among its contents once it is trusted."""
    project.keeps(cases=3)
    (project.path / "base/modeling.py").write_text("a = 1\n")
    project.run("--ftevals-trust-remote-code").assert_outcomes(passed=1)
    (project.path / "base/modeling.py").write_text("a = 2\n")
    record = project.record("--ftevals-trust-remote-code")
    assert record["run"]["options"]["trust_remote_code"] is True
    assert record["run"]["plan"]["computed"] == 6
