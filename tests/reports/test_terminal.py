"""The terminal section: golden pages, and what narrow pages may and may not give up."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.record import Record, TestRow
from pytest_ftevals.reports.clean import display_width
from pytest_ftevals.reports.terminal import render_terminal

if TYPE_CHECKING:
    from pytest_ftevals.core.canonical import JSON
    from tests.reports.conftest import Build

GOLDEN = Path(__file__).parent / "golden"


def _records(build: "Build") -> dict[str, Record]:
    return {
        "passing": build.passing(),
        "failing": build.failing(),
        "two_candidates": build.two_candidates(),
    }


def _text(record: Record, width: int, **options: object) -> str:
    lines = render_terminal(record, width=width, **options)  # type: ignore[arg-type]
    return "".join(f"{line.text}\n" for line in lines)


@pytest.mark.parametrize("width", [80, 100, 120, 200])
@pytest.mark.parametrize("name", ["passing", "failing", "two_candidates"])
def test_page_is_as_reviewed(build: "Build", name: str, width: int) -> None:
    """The page equals the reviewed file; delete the file and run to accept a change."""
    text = _text(_records(build)[name], width, samples=build.samples())
    _check(GOLDEN / f"{name}_{width}.txt", text)


@pytest.mark.parametrize("name", ["failing", "two_candidates"])
def test_verbose_page_is_as_reviewed(build: "Build", name: str) -> None:
    """Verbose adds slices without thresholds, more worst cases and the legend."""
    text = _text(_records(build)[name], 120, samples=build.samples(), verbose=1)
    _check(GOLDEN / f"{name}_120_verbose.txt", text)


def test_ascii_page_is_as_reviewed(build: "Build") -> None:
    """The ASCII page has nothing beyond ASCII and no wider lines."""
    text = _text(build.failing(), 80, samples=build.samples(), ascii_only=True)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 80
    _check(GOLDEN / "failing_80_ascii.txt", text)


def _check(path: Path, text: str) -> None:
    if not path.exists():
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{path.name} was missing and has been written: review and commit it")
    assert text == path.read_text(encoding="utf-8")


def _cells(build: "Build", name: str) -> set[str]:
    rows = {
        "passing": {"-0.4", "+52.6", "+8.8", "pass, proven", "pass, not proven"},
        "failing": {"+0.70", "+64.5", "FAIL, refuted", "failed elsewhere", "not required"},
        "two_candidates": {"+87.4", "+0.9", "FAIL, not proven", "holds, proven"},
    }
    assert set(rows) == set(_records(build))
    return rows[name]


@pytest.mark.parametrize("name", ["passing", "failing", "two_candidates"])
def test_deltas_and_verdicts_stay_whole(build: "Build", name: str) -> None:
    """From 40 columns on no delta and no verdict is cut or dropped, and no line is too wide."""
    record = _records(build)[name]
    for width in range(40, 201, 3):
        text = _text(record, width)
        assert max(map(display_width, text.splitlines())) <= width
        missing = {cell for cell in _cells(build, name) if cell not in text}
        assert not missing, f"{missing} at width {width}"


def test_wider_pages_show_more(build: "Build") -> None:
    """Columns appear in the documented order as the page grows."""
    shown = [_text(build.failing(), width).splitlines()[3] for width in range(40, 201)]
    first = {
        column: next(width for width, header in enumerate(shown, 40) if column in header)
        for column in ("threshold", "base", "95% ±", " n ", "interval", "won/lost", "test")
    }
    assert list(first.values()) == sorted(first.values())
    assert first["threshold"] <= first["base"] <= 80
    assert first["95% ±"] <= 80


def test_thresholds_are_shown_as_written(build: "Build") -> None:
    """A threshold keeps the digits of the test; only the metric's name, a column, is left out."""
    text = _text(build.failing(), 120)
    assert ">= 0.80" in text
    assert "drop <= 3" in text
    assert "accuracy >= 0.80" not in text


def test_slices_are_shown_where_a_threshold_speaks_of_them(build: "Build") -> None:
    """Without a threshold a slice needs verbose."""
    english = "  en "
    assert english not in _text(build.failing(), 120)
    assert english in _text(build.failing(), 120, verbose=1)
    assert "  de " in _text(build.failing(), 120)


def test_styles_follow_verdicts(build: "Build") -> None:
    """A line's style is its verdict's; failures are bad, notes warn, facts have none."""
    styles = {
        line.text.strip(): line.style
        for line in render_terminal(build.failing(), width=80, samples=build.samples())
    }

    def style(part: str) -> str | None:
        (found,) = (style for text, style in styles.items() if part in text)
        return found

    assert style("pass, proven") == "good"
    assert style("FAIL, refuted") == "bad"
    assert style("not required") is None
    assert style(">= 0.80    failed elsewhere") == "warn"
    assert style("237 failures") == "bad"
    assert style("did not run:") == "warn"
    assert style("answers:") is None


def test_empty_record_is_no_success() -> None:
    """A run without comparisons says so in a warning."""
    (line,) = render_terminal(Record(), width=80)
    assert line.text == "no comparison was made"
    assert line.style == "warn"


def test_lost_test_is_named(build: "Build") -> None:
    """A threshold without an outcome of its test is a note, not a pass."""
    record = replace(build.passing(), tests=build.passing().tests[:1])
    text = _text(record, 120)
    assert "no outcome is recorded of: evalsuites/test_tickets.py::test_routes_tickets" in text
    assert "no verdict" in text


def test_worst_cases_by_id_without_samples(build: "Build") -> None:
    """Without samples the worst cases are at least named; verbose names all."""
    assert "  worst cases: 88, 402, 7\n" in _text(build.failing(), 80)
    assert "  worst cases: 88, 402, 7, 9\n" in _text(build.failing(), 80, verbose=2)


def test_failed_samples_are_counted_as_such(build: "Build") -> None:
    """A worst case shows its first failed sample beside the base's of the same number."""
    record = build.failing()
    tasks = (record.tasks[0], build.task("tickets", 500, "accuracy", samples=4))
    samples = (
        build.sample("88", "base", "LOC"),
        build.sample("88", "trec", "LOC"),
        build.sample("88", "base", "NUM", "wrong answer", sample=1),
        build.sample("88", "trec", "HUM", "wrong answer", sample=1),
        build.sample("402", "trec", "ENTY", "wrong answer", sample=3),
    )
    text = _text(replace(record, tasks=tasks), 120, samples=samples)
    assert "237 failed samples of trec on tickets: wrong answer 236" in text
    assert '  88 #1   wrong answer  expected "LOC"  base "NUM"  trec "HUM"\n' in text
    assert '  402 #3  wrong answer  expected "LOC"  trec "ENTY"\n' in text
    assert "tickets: 4 samples a case, whose mean is the case's score\n" in text
    assert "mmlu: " not in text


@pytest.mark.parametrize(
    ("expected", "choices", "shown"),
    [
        (["LOC", "a place"], None, 'expected "LOC" or "a place"'),
        ([{"a": 1}], None, 'expected {"a": 1}'),
        ([], None, "expected []"),
        ([0, 2], (" A", " B", " C"), 'expected "A" or "C"'),
        ([0, 9], (" A", " B", " C"), 'expected "A" or 9'),
        (2, (" A", " B", " C"), 'expected "C"'),
    ],
)
def test_several_right_answers_are_all_shown(
    build: "Build", expected: "JSON", choices: tuple[str, ...] | None, shown: str
) -> None:
    """Texts as they are, options by what is scored."""
    scored = None if choices is None else tuple({"text": one} for one in choices)
    choice = None if choices is None else 1
    sample = build.sample(
        "88", "trec", "HUM", "wrong answer", expected=expected, choices=scored, choice=choice
    )
    assert f"{shown}  trec " in _text(build.failing(), 200, samples=(sample,))


def test_options_with_one_ending_are_told_apart(build: "Build") -> None:
    """What stands before the ending is shown with it."""
    choices = tuple({"text": " is small.", "given": given} for given in (" The cup", " The box"))
    sample = build.sample(
        "88", "trec", "The box", "wrong answer", expected=0, choices=choices, choice=1
    )
    text = _text(build.failing(), 200, samples=(sample,))
    assert 'expected "The cup is small."  trec "The box is small."' in text


def test_errors_are_shown_as_errors(build: "Build") -> None:
    """A case without an answer shows its error instead of an empty reply."""
    samples = (build.sample("88", "trec", "", error="prompt of 9,000 tokens exceeds 8,192"),)
    text = _text(build.failing(), 120, samples=samples)
    assert "trec error: prompt of 9,000 tokens exceeds 8,192" in text


def test_long_lists_are_cut_and_counted(build: "Build") -> None:
    """Ten excluded cases are named and the others counted; verbose names all."""
    record = build.failing()
    cases = tuple(f"case-{number}" for number in range(25))
    rows = (replace(record.comparisons[1], excluded=cases),)
    text = _text(replace(record, comparisons=rows), 200)
    assert "case-9 and 15 more" in text
    assert "case-24" in _text(replace(record, comparisons=rows), 200, verbose=1)


def test_many_broken_tests_are_counted(build: "Build") -> None:
    """Ten tests that did not run are named and the others counted; verbose names all."""
    record = build.passing()
    lost = tuple(
        TestRow(nodeid=f"t.py::lost[{number}]", outcome="not run", states_threshold=False)
        for number in range(12)
    )
    record = replace(record, tests=record.tests + lost)
    text = _text(record, 120)
    assert text.count("did not run: t.py::lost") == 10
    assert "did not run: 2 more tests" in text
    assert _text(record, 120, verbose=1).count("did not run: t.py::lost") == 12


def test_unlabelled_failures_are_counted(build: "Build") -> None:
    """Failures that no rule labels are not hidden."""
    record = build.failing()
    row = replace(record.failures[0], labels={"wrong answer": 200})
    text = _text(replace(record, failures=(row,)), 120)
    assert "wrong answer 200 · no label 37" in text


def test_mixed_levels_leave_the_percent_out(build: "Build") -> None:
    """Where rows differ in confidence the header does not claim one."""
    record = build.passing()
    rows = (record.comparisons[0], replace(record.comparisons[1], level=0.9))
    header = _text(replace(record, comparisons=rows), 120).splitlines()[3]
    assert "interval" in header
    assert "%" not in header


def test_adapter_configs_that_say_less(build: "Build") -> None:
    """Adapters without rank, with many modules or a pattern are described by what they have."""
    record = build.passing()
    configs: tuple[tuple[dict[str, JSON], str], ...] = (
        ({"peft_type": "IA3", "target_modules": [*"abcdef"]}, "IA3 a,b,c,d,+2"),
        ({"peft_type": "PROMPT_TUNING"}, "prompt tuning · 1.8 MB"),
        ({"peft_type": "LORA", "r": 4, "use_dora": True}, "DoRA r=4"),
        ({"peft_type": "LORA", "target_modules": "all-linear"}, "LoRA all-linear"),
        ({}, "adapter · 1.8 MB"),
    )
    for config, shown in configs:
        variants = (record.variants[0], replace(record.variants[1], adapter=config))
        assert shown in _text(replace(record, variants=variants), 120)
    assert "quantized bitsandbytes · cuda" in _text(
        replace(
            record,
            run={
                "numerics": {
                    "device": "cuda",
                    "quantization": {"quant_method": "bitsandbytes"},
                }
            },
        ),
        120,
    )
