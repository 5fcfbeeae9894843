"""Deployment tasks: measured in every run, by themselves, beside each other."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

SPEED = """
    speed = load_task("speed.task.yaml")
    @pytest.mark.evaluates(speed)
    def test_is_no_slower(compare):
        result = compare(speed)
        assert result["latency_p95"] <= 2.5
        assert result["latency_p95"].drop <= 0.5
        assert result["cost_per_1000"].value == pytest.approx(1.25 / 2)
        assert result["time_to_first_token"].base == pytest.approx(0.25)
        assert result["peak_host_memory"].drop <= 2**20
    @pytest.mark.evaluates(words)
    def test_kept(compare):
        assert compare(words).drop <= 3
"""
METRICS = [
    "latency_p95", "time_to_first_token", "tokens_per_second", "peak_host_memory",
    "peak_device_memory", "cost_per_1000",
]  # fmt: skip
TOLD = {*METRICS} - {"peak_device_memory"}
"""What a processor tells."""


@pytest.fixture(autouse=True)
def suite(project: "Project") -> None:
    """Write a task that measures and one that asks; the candidate is slower on one case of four."""
    project.task(cases=4)
    project.task(
        "speed",
        cases=4,
        kind="deployment",
        expected=None,
        metrics=METRICS,
        price={"per_hour": 1.8},
        decode={"max_new_tokens": 8},
    )
    project.adapter("good", takes={"c2": 2.0}, host_peak=2**30 + 2**19)
    project.tests(SPEED)


def test_thresholds_are_in_seconds_and_bytes(project: "Project") -> None:
    """A nearest-rank percentile of four cases is the slowest: a second more than the base's."""
    record = project.record()
    project.result.assert_outcomes(passed=1, failed=1)
    rows = {row["metric"]: row for row in record["comparisons"] if row["task"] == "speed"}
    assert (rows["latency_p95"]["base"], rows["latency_p95"]["value"]) == (1, 2)
    assert rows["latency_p95"]["delta"] == 1
    assert rows["tokens_per_second"]["value"] == pytest.approx(32 / 5)
    assert rows["cost_per_1000"]["base"] == pytest.approx(0.5)
    assert rows["peak_host_memory"]["value"] == 2**30 + 2**19
    (task,) = (one for one in record["tasks"] if one["name"] == "speed")
    assert task["decode"]["max_new_tokens"] == 8
    samples = [one for one in project.samples() if one["task"] == "speed"]
    assert {one["response"] for one in samples} == {"w1", "w2", "w3", "w4"}
    assert all(one["scores"]["peak_device_memory"] is None for one in samples)
    assert not any(one["labels"] for one in samples)
    reason = "the models run on cpu, whose memory is the host's: see peak_host_memory"
    note = f"peak_device_memory on speed scored no answer of base, good: {reason}"
    assert record["run"]["notes"] == [note]
    project.result.stdout.fnmatch_lines(["peak_device_memory on speed scored no answer*"])


IN_TURN = [
    *((name, case) for name in ("base", "good") for case in ("c1", "c2")),  # warming up
    ("base", "c1"), ("good", "c1"), ("good", "c2"), ("base", "c2"),
    ("base", "c3"), ("good", "c3"), ("good", "c4"), ("base", "c4"),
]  # fmt: skip


def test_every_run_measures_anew(project: "Project") -> None:
    """All other answers are there already; variants take turns, after two that do not count."""
    project.run()
    (project.path / "engine.log").unlink()
    project.run()
    assert project.asked() == IN_TURN


def test_what_no_mark_names_is_measured_in_turn_too(project: "Project") -> None:
    """The first answer that a test asks for brings those of all variants, case by case."""
    project.tests("""
        def test_is_no_slower(compare):
            assert compare(load_task("speed.task.yaml"))["latency_p95"].drop <= 1.5
    """)
    record = project.record()
    project.result.assert_outcomes(passed=1)
    assert project.asked() == IN_TURN
    assert {one["n"] for one in record["comparisons"]} == {4}
    assert len(project.samples()) == 8


def test_what_is_not_told_cannot_be_compared(project: "Project") -> None:
    """On a processor device memory has no value, and the reason says where to look."""
    project.tests("""
        speed = load_task("speed.task.yaml")
        def test_memory(compare):
            assert compare(speed)["peak_device_memory"] <= 2**30
    """)
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*see peak_host_memory*"])


def test_a_replay_measures_nothing(project: "Project") -> None:
    """It says so, and decides the rest."""
    project.record()
    result = project.run("--ftevals-replay=report")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*'speed' measures time and memory, which a replay cannot*"])


def test_a_saved_run_leaves_it_out(project: "Project") -> None:
    """The next one may be another machine."""
    result = project.run("--ftevals-save=prod")
    result.stdout.fnmatch_lines(["*speed: it measures this run*"])


def test_early_stop_measures_all(project: "Project") -> None:
    """A percentile is no mean that a walk could stop."""
    record = project.record("--ftevals-early-stop")
    rows = {row["metric"]: row for row in record["comparisons"] if row["task"] == "speed"}
    assert {name: row["n"] for name, row in rows.items()} == dict.fromkeys(TOLD, 4)
    used = [one["n_used"] for row in rows.values() for one in row["thresholds"]]
    assert used == [4, 4]
    asked = project.asked()
    assert asked[asked.index(IN_TURN[0]) :][: len(IN_TURN)] == IN_TURN


@pytest.mark.slow
def test_workers_do_not_measure(project: "Project") -> None:
    """Under xdist its tests fail in their set-up: one worker, too, is not who writes the record."""
    result = project.spawn("-n1")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*it is measured by itself*", "*without -n*"])


def test_real_models_are_measured(real: "Project") -> None:
    """Base and adapter, prompts and decoding as in any other task; nothing is kept."""
    keys: dict[str, Any] = {"kind": "deployment", "decode": {"max_new_tokens": 8}}
    real.task("speed", cases=3, expected=None, metrics=METRICS[:4], **keys)
    real.tests("""
        speed = load_task("speed.task.yaml")
        @pytest.mark.evaluates(speed)
        def test_is_fast(compare):
            result = compare(speed)
            assert 0 < result["time_to_first_token"].value < result["latency_p95"].value < 60
            assert result["tokens_per_second"].value > 1
    """)
    for _ in range(2):
        record = real.record()
        real.result.assert_outcomes(passed=1)
        assert record["run"]["plan"]["computed"] == 6


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"price": {"per_hour": 0}}, "*price.per_hour*above 0*"),
        ({"price": {"per_day": 3}}, "*price.per_day*is not a key*"),
        ({"price": None}, "*cost_per_1000*needs what an hour of the machine costs*"),
        ({"metrics": ["latency_p95", "exact_match"]}, "*stands beside 'exact_match'*"),
        ({"metrics": ["accuracy"], "price": None}, "*a deployment task has none*"),
        ({"kind": "generate", "price": {"per_hour": 1}}, "*belongs to deployment tasks*"),
        ({"kind": "generate", "price": None, "expected": "x"}, "*kind: deployment*"),
    ],
)
def test_mistakes_are_named(project: "Project", keys: dict[str, Any], message: str) -> None:
    """At collection, with the file."""
    usual: dict[str, Any] = {
        "kind": "deployment",
        "expected": None,
        "metrics": METRICS,
        "price": {"per_hour": 1},
    }
    project.task("speed", **{"cases": 4, **usual, **keys})
    result = project.run()
    text = result.stdout.str() + result.stderr.str()
    assert "speed.task.yaml" in text
    pytest.LineMatcher(text.splitlines()).fnmatch_lines([message])
    assert project.asked() == []
