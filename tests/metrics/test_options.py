"""Options of metrics in task files: what they do, and every mistake in them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.metric_entry import MetricEntry
from pytest_ftevals.core.response import Response, failed
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.metrics.patterns import LONGEST_SECONDS, Pattern, PatternError, TooSlowError
from pytest_ftevals.metrics.registry import build
from pytest_ftevals.run.score_keys import scoring_digest

DIGITS: dict[str, Any] = {"extract": "[0-9]+"}


def made(metric: str, name: str = "", *, folder: Path = Path(), **options: Any) -> Metric:
    """Return the metric that an entry makes."""
    found = build(MetricEntry(name=name or metric, metric=metric, options=options), folder)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("metric", "options", "parts"),
    [
        ("accuracy", {"extrct": "a"}, ("has no option `extrct`", "Did you mean `extract`?")),
        ("json_valid", {"strict": True}, ("has no option `strict`", "extract, take.")),
        ("numeric", {"tolerance": 1}, ("Its options: absolute, relative, extract, take.",)),
        ("numeric", {"absolute": -1}, ("needs `absolute` to be a number of at least 0, not -1",)),
        ("numeric", {"relative": "5%"}, ("needs `relative` to be a number", 'not "5%"')),
        ("numeric", {"relative": True}, ("`relative` to be a number of at least 0, not true",)),
        ("accuracy", {"extract": "("}, ("cannot use `extract`: '(' is no regular expression: ",)),
        ("accuracy", {"extract": "(a)(b)"}, ("has 2 groups, and only one", "Write (?:...)")),
        ("accuracy", {"extract": ""}, ("needs `extract` to be a text",)),
        ("accuracy", {"extract": 5}, ("needs `extract` to be a text, not 5", "into quotes")),
        ("accuracy", {"take": "last"}, ("has `take` without `extract`", "`extract: PATTERN`")),
        ("accuracy", {**DIGITS, "take": "all"}, ("`take` to be one of first, last, not",)),
        ("exact_match", {"normalize": "SQuAD"}, ("one of squad, none",)),
        ("exact_match", {"ignore_case": "yes"}, ("`ignore_case` to be true or false",)),
        ("exact_match", {"ignore": ["["]}, ("cannot use `ignore`: '[' is no regular",)),
        ("exact_match", {"ignore": [5]}, ("`ignore` to be a list of regular expressions",)),
        ("exact_match", {"ignore": {}}, ("`ignore` to be a list of regular expressions",)),
        ("regex", {"pattern": "*"}, ("cannot use `pattern`: '*' is no regular expression",)),
        ("function_call", {"match": "some"}, ("one of all, name",)),
        ("refusal_correct", {"rules": "none.json"}, ("`rules: none.json`: No such file",)),
        ("refusal_correct", {"column": 3}, ("needs `column` to be a text",)),
        ("f1:billing", {"average": "macro"}, ("metric 'f1:billing' has no option `average`",)),
        ("acuracy", {}, ("unknown metric 'acuracy'", "Did you mean 'accuracy'?")),
        ("accuracy:billing", {}, ("unknown metric 'accuracy:billing'", "Metrics: accuracy,")),
    ],
)
def test_mistakes(metric: str, options: dict[str, Any], parts: tuple[str, ...]) -> None:
    """A mistake names the metric and the option, and says what would be valid."""
    with pytest.raises(FtevalsError) as mistake:
        made(metric, "other", **options)
    for part in parts:
        assert part in str(mistake.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "it is not JSON"),
        ("[]", "it lacks `opening` or `rules`"),
        ('{"opening": 10}', "it lacks `opening` or `rules`"),
        ('{"opening": 10, "rules": []}', "one or more patterns"),
        ('{"opening": 10, "rules": [{"pattern": 3}]}', "one or more patterns"),
        ('{"opening": 0, "rules": [{"pattern": "a"}]}', "`opening` must be"),
        ('{"opening": 10, "rules": [{"pattern": "("}]}', "'(' is no regular expression"),
    ],
)
def test_mistakes_in_rules_of_refusal(tmp_path: Path, content: str, message: str) -> None:
    """A file of rules that cannot be used says why."""
    (tmp_path / "mine.json").write_text(content)
    with pytest.raises(FtevalsError, match=r"cannot use `rules: mine\.json`: ") as mistake:
        made("over_refusal", folder=tmp_path, rules="mine.json")
    assert message in str(mistake.value)


def test_a_plain_name_is_the_registrys() -> None:
    """Without options or another name nothing is made."""
    assert build(MetricEntry(name="f1:x", metric="f1:x"), Path()) is None


def test_another_name_alone(
    make_task: Callable[..., Task], answer: Callable[..., Response]
) -> None:
    """A metric may only be renamed, whatever it reads."""
    judge = made("accuracy", "right")
    task = make_task(1, kind="choice")
    judge.check(task)
    score = judge.score(task, task.cases[0], answer(logprobs=[-2, -1, -3]))
    assert (judge.name, score.value, score.predicted) == ("right", 1, "Rome")
    assert (judge.binary, judge.is_mean, judge.points) == (True, True, True)
    assert judge.value([score]) == 1


def test_extract_needs_replies(make_task: Callable[..., Task]) -> None:
    """There is nothing to extract from options."""
    with pytest.raises(FtevalsError, match="metric 'letter' reads reply texts, and a choice"):
        made("accuracy", "letter", **DIGITS).check(make_task(1, kind="choice"))


def test_a_reply_without_the_part_is_of_no_class(
    make_task: Callable[..., Task], answer: Callable[..., Response]
) -> None:
    """It is a miss for every metric over classes: 1 of 2 right, one answer of no class."""
    task = make_task("A", "B")
    judge = made("recall_macro", extract="answer: ([AB])")
    scores = [
        judge.score(task, case, answer(reply))
        for case, reply in zip(task.cases, ("answer: A", "B"), strict=True)
    ]
    assert [(one.expected, one.predicted) for one in scores] == [("A", "A"), ("B", None)]
    assert judge.value(scores) == 0.5


def test_no_match_is_never_the_best_where_lower_is_better(
    make_task: Callable[..., Task], answer: Callable[..., Response]
) -> None:
    """There an empty part scores, not 0: what is empty refuses nothing."""
    task = make_task(None, row={"should_refuse": True})
    judge = made("under_refusal", extract="Final: (.*)")
    score = judge.score(task, task.cases[0], answer("no idea"))
    assert score.value == 1
    assert score.reason == "nothing in the reply matches 'Final: (.*)'"


def test_errors_stay_errors(make_task: Callable[..., Task]) -> None:
    """A response that is an error has no part to read."""
    task = make_task("x")
    score = made("accuracy", **DIGITS).score(task, task.cases[0], failed("out of memory"))
    assert (score.value, score.reason) == (None, "out of memory")


def test_a_slow_pattern_leaves_a_case_unscored(
    make_task: Callable[..., Task],
    answer: Callable[..., Response],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is the pattern's fault, so the model gets no 0."""
    assert LONGEST_SECONDS == 2
    monkeypatch.setattr("pytest_ftevals.metrics.patterns.LONGEST_SECONDS", 0.05)
    task = make_task("x")
    judge = made("accuracy", extract="^(?:a|aa)+$")
    score = judge.score(task, task.cases[0], answer("a" * 200 + "b"))
    assert score.value is None
    assert score.reason == "the pattern '^(?:a|aa)+$' takes over 0.05 s on this reply"


@pytest.mark.parametrize("how", ["found", "matches", "removed"])
def test_every_way_to_match_is_limited(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Searching, reading a part and removing parts all end."""
    monkeypatch.setattr("pytest_ftevals.metrics.patterns.LONGEST_SECONDS", 0.05)
    with pytest.raises(TooSlowError, match=r"takes over 0\.05 s"):
        getattr(Pattern("^(?:a|aa)+$"), how)("a" * 200 + "b")


def test_sets_whose_meaning_may_change_warn_of_nothing() -> None:
    """The library's warning about `[[` would come up in the user's run."""
    assert Pattern("[[a]").matches("[")
    with pytest.raises(PatternError, match="no regular expression"):
        Pattern("a{2,1}")


def test_options_are_part_of_a_scores_key(make_task: Callable[..., Task]) -> None:
    """Two metrics of one name with other options, or of another kind, never share a score."""
    task = make_task("x")
    keys = [
        scoring_digest(task, made(metric, "mine", **options))
        for metric, options in (
            ("exact_match", {}),
            ("exact_match", DIGITS),
            ("exact_match", {**DIGITS, "take": "last"}),
            ("exact_match", {"ignore": [","]}),
            ("accuracy", DIGITS),
            ("refusal_correct", {}),
            ("refusal_correct", {"column": "bad"}),
        )
    ]
    assert len(set(keys)) == len(keys)


def test_scores_of_patterns_are_stored() -> None:
    """They are computed with a library, whose version is in the key."""
    assert made("accuracy", **DIGITS).score_libraries == ("regex",)
    assert made("rouge1", **DIGITS).score_libraries == ("rouge-score", "regex")
    assert made("exact_match", "em", ignore=[","]).score_libraries == ("regex",)
    assert made("accuracy", "other").score_libraries == ()
