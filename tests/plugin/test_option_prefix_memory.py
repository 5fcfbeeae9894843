"""``--ftevals-prefix-memory``: memory for what prompts share, and that it shows nowhere."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

GUIDE = "The capital of France is Paris. The town lies in Belgium, not in France. "


@pytest.mark.parametrize("size", ["0", "1KB", "1GB"])
def test_prefix_memory_changes_no_value(real: "Project", size: str) -> None:
    """Kept or computed anew with every batch, a prefix gives the same replies and choices."""
    real.task(cases=5, decode={"max_new_tokens": 4}, prompt=GUIDE + "{{ id }} = {{ word }}")
    real.choice(cases=6, preamble=GUIDE)
    real.tests("""
        @pytest.mark.parametrize("task", [words, load_task("quiz.task.yaml")])
        def test_kept(compare, task):
            assert compare(task).drop <= 100
    """)
    small = ("--ftevals-no-store", "--ftevals-batch-tokens=60")
    usual = real.record("--ftevals-no-store", folder="usual")
    other = real.record(*small, f"--ftevals-prefix-memory={size}", folder="other")
    assert real.result.ret == 0
    assert usual["run"]["options"]["prefix_memory"] is None
    assert other["run"]["options"]["prefix_memory"] == {"0": 0, "1KB": 10**3, "1GB": 10**9}[size]
    assert usual["comparisons"] == other["comparisons"]
    for before, after in zip(real.samples("usual"), real.samples("other"), strict=True):
        chosen, again = before.pop("choices"), after.pop("choices")
        assert before == after
        if chosen:
            assert [one["logprob"] for one in chosen] == pytest.approx(
                [one["logprob"] for one in again], abs=1e-4
            )


@pytest.mark.parametrize("value", ["lots", "-1GB", "2 elephants", "1.2.3GB"])
def test_a_size_that_is_none(project: "Project", value: str) -> None:
    """A usage error that shows how to write one."""
    project.keeps()
    result = project.run(f"--ftevals-prefix-memory={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    expected = f"*--ftevals-prefix-memory*{value!r} is no size; write it like 500MB*"
    result.stderr.fnmatch_lines([expected])


@pytest.mark.parametrize(
    ("value", "size"), [("1.5GB", 15 * 10**8), ("500mb", 5 * 10**8), ("64 KiB", 2**16)]
)
def test_sizes_are_read(project: "Project", value: str, size: int) -> None:
    """With a unit, in either case, with or without a space; in the ini file too."""
    project.ini(prefix_memory=value)
    project.keeps(cases=2)
    assert project.record()["run"]["options"]["prefix_memory"] == size
