"""The comparison of the standard tasks with lm-evaluation-harness sees every difference."""

from dataclasses import replace

import pytest

from benchmarks.standard.agreement import Answered, Side, compare
from benchmarks.standard.table import lines

QUESTION = Answered(
    prompt="1 + 1 =",
    continuations=(" 2", " 3"),
    logprobs=(-0.5, -1.5),
    scores={"accuracy": 1.0},
)
REPLY = Answered(prompt="Say A.", reply="A", scores={"strict": 1.0})
VALUES = {"accuracy": 0.52499, "accuracy subject=sums": 1.0}
SIDE = Side(values=VALUES, cases=[QUESTION, REPLY])


def test_equal_sides_agree() -> None:
    """No difference of any kind."""
    found = compare(SIDE, SIDE)
    assert found.same
    assert found.close
    assert (found.cases, found.choices, found.replies) == (2, 1, 1)
    (line,) = lines("sums", "base", found)
    assert line.startswith("| sums | base | 2 | accuracy | 0.5250 | 0.5250 | same choice on 1 of 1")
    assert "same reply on 1 of 1, 1 of 1 values of slices are the same" in line


@pytest.mark.parametrize(
    ("value", "same"),
    [(0.52501, True), (0.5251, False)],
)
def test_values_are_held_to_the_digits_that_lm_eval_prints(value: float, *, same: bool) -> None:
    """Four decimals."""
    found = compare(SIDE, replace(SIDE, values=VALUES | {"accuracy": value}))
    assert found.same == same
    assert found.other_values == (() if same else ("accuracy",))


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        (replace(QUESTION, prompt="1 + 1 = "), {"other_prompts": (0,)}),
        (replace(QUESTION, logprobs=(-1.5, -0.5)), {"other_choices": (0,)}),
        (replace(QUESTION, scores={"accuracy": 0.0}), {"other_scores": ((0, "accuracy"),)}),
        (replace(REPLY, reply="A."), {"other_replies": (0,)}),
    ],
)
def test_one_difference_is_named(changed: Answered, fields: dict[str, object]) -> None:
    """By the case's index; anything else stays equal."""
    first = REPLY if changed.reply else QUESTION
    found = compare(Side(values=VALUES, cases=[first]), Side(values=VALUES, cases=[changed]))
    assert not found.same
    for name in ("other_prompts", "other_choices", "other_scores", "other_replies"):
        assert getattr(found, name) == fields.get(name, ()), name


@pytest.mark.parametrize(
    ("logprob", "other", "close"),
    [
        (-1.0, -1.00009, True),
        (-1.0, -1.0002, False),
        (-200.0, -200.0002, True),
        (-200.0, -200.0005, False),
    ],
)
def test_log_likelihoods_may_differ_as_float32_does(
    logprob: float, other: float, *, close: bool
) -> None:
    """By 1e-4 nats and a millionth of the number itself."""
    text = Answered(prompt="", continuations=("a text",), logprobs=(logprob,))
    pair = [Side(values={}, cases=[replace(text, logprobs=(x,))]) for x in (logprob, other)]
    found = compare(*pair)
    assert found.same
    assert found.close is close
    assert found.largest == pytest.approx(abs(logprob - other))


def test_sides_of_other_cases_are_not_compared() -> None:
    """Nor sides that do not have the same values."""
    with pytest.raises(ValueError, match="lm-eval answered 2 cases, we 1"):
        compare(SIDE, Side(values=VALUES, cases=[QUESTION]))
    with pytest.raises(ValueError, match="one side alone has the values accuracy subject=sums"):
        compare(SIDE, Side(values={"accuracy": 0.5}, cases=SIDE.cases))
