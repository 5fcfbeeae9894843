"""Answers that try to be more than text, and cases of every shape that a record can hold."""

from dataclasses import replace

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.failures import FailureRow
from pytest_ftevals.core.record import Record, Sample
from tests.html.many_cases import many

SCRIPT = "<script>document.title = 'stolen'</script><img src=x onerror=\"document.title='stolen'\">"
HOSTILE = {
    "script": SCRIPT,
    "end of data": "</script></section></body><h1>gone</h1><!-- ]]>",
    "surrogates": "half a pair: \ud800, the other: \udc00!",
    "long line": "x" * 1_000_000,
    "right to left": "say \u202egnp.exe\u202c and \u2067\u05d0\u05d1\u2069 and \u200fmark",
    "controls": "bell\x07 escape\x1b[2J null\x00 delete\x7f return\r\nnext\x85",
    "marks": "e" + "\u0301" * 10_000 + "nd",
    "invisible": "a\u200bb\u00adc\ufeffd\U000e0041\U000e0042e\u2028f\u00a0g",
    "joined": "\U0001f469\u200d\U0001f52c \u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "nulls": "\x00" * 10_000,
    "template": "{{ 7 * 7 }} ${7 * 7} %s &amp; &lt;b&gt;",
}
"""Name of the case -> the candidate's reply."""

SHOWN = {
    "script": SCRIPT,
    "end of data": HOSTILE["end of data"],
    "surrogates": "half a pair: \ufffd, the other: \ufffd!",
    "right to left": ("say \\u202egnp.exe\\u202c and \\u2067\u05d0\u05d1\\u2069 and \\u200fmark"),
    "controls": "bell\\x07 escape\\x1b[2J null\\x00 delete\\x7f return\\x0d\nnext\\x85",
    "marks": "e\u0301\u0301\u0301+9997 marksnd",
    "invisible": "a\\u200bb\\xadc\\ufeffd\\U000e0041\\U000e0042e\\u2028f\\xa0g",
    "joined": HOSTILE["joined"],
    "nulls": "\\x00\N{MULTIPLICATION SIGN}10000",
    "template": HOSTILE["template"],
}
"""How a page shows them: as the same text, what cannot be seen spelled out."""


def hostile() -> tuple[Record, list[Sample]]:
    """Return a record whose candidate r8 answered HOSTILE, the base something harmless."""
    record, samples = many(2)
    base, candidate = samples[0], samples[1]
    found = []
    for case, reply in HOSTILE.items():
        for one, response in ((base, "harmless"), (candidate, reply)):
            found.append(replace(one, task="hostile", case=case, response=response, passed=True))
    nasty = replace(
        candidate,
        task=SCRIPT,
        case=f"{SCRIPT}/?#&%\u202e",
        prompt=[{"role": SCRIPT, "content": SCRIPT}],
        expected={SCRIPT: SCRIPT},
        slices={SCRIPT: SCRIPT},
        scores={SCRIPT: 1.5},
        labels=(SCRIPT,),
        finish=SCRIPT,
        error=SCRIPT,
    )
    return replace(record, failures=(), tasks=(), comparisons=()), [*found, nasty]


def shapes() -> tuple[Record, list[Sample]]:
    """Return a record with a conversation, choices, drawn samples, an error and graded scores."""
    record, (base, *_) = many(2)
    plain = replace(base, labels=(), passed=True, error=None)
    talk: list[JSON] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello?"},
    ]
    options: list[dict[str, JSON]] = [
        {"text": f" {one}", "logprob": -1.5 - at, "tokens": 1} for at, one in enumerate("ABC")
    ]
    samples = []
    for variant in ("base", "r8"):
        mine = replace(plain, variant=variant)
        turns = (
            {"user": "Hello?", "reply": f"Hi from {variant}."},
            {"user": "Why?", "reply": "So."},
        )
        samples += [
            replace(
                mine,
                task="talk",
                case="1",
                prompt=talk,
                expected="So.",
                response="So.",
                turns=turns,
            ),
            replace(
                mine,
                task="quiz",
                case="1",
                prompt="Which?\nAnswer:",
                expected=1,
                response="B" if variant == "base" else "A",
                choices=tuple(options),
                choice=1 if variant == "base" else 0,
                passed=variant == "base",
                scores={"accuracy": float(variant == "base")},
                labels=() if variant == "base" else ("wrong answer", "regression from base"),
            ),
            replace(
                mine,
                task="text",
                case="1",
                expected=None,
                response="",
                choices=({"text": "Once upon a time.", "logprob": -20.25, "tokens": 5},),
                passed=None,
            ),
            replace(mine, task="empty", case="1", expected=[], turns=(), choices=(), response="?"),
            replace(mine, task="graded", case="1", passed=None, scores={"rouge": 0.25}),
            replace(
                mine,
                task="graded",
                case="2",
                passed=None,
                response="",
                finish="error",
                scores={"rouge": None},
                error="the context holds 512 tokens",
            ),
        ]
    for number in range(3):
        for variant in ("base", "r8"):
            good = (number + (variant == "r8")) % 2 == 0
            samples.append(
                replace(
                    plain,
                    task="drawn",
                    case="1",
                    variant=variant,
                    sample=number,
                    response=f"sample {number} of {variant}",
                    passed=good,
                    labels=() if good else ("wrong answer",),
                    scores={"accuracy": float(good)},
                )
            )
    row, task = record.comparisons[0], record.tasks[0]
    metrics = {
        "talk": "accuracy",
        "quiz": "accuracy",
        "graded": "rouge",
        "drawn": "accuracy",
        "text": "f1",
    }
    made = Record(
        variants=record.variants[:2],
        tasks=tuple(replace(task, name=name, metrics=(one,)) for name, one in metrics.items()),
        comparisons=tuple(replace(row, task=name, metric=one) for name, one in metrics.items()),
        failures=(
            FailureRow(
                task="quiz",
                candidate="r8",
                n=1,
                failed=1,
                labels={"wrong answer": 1},
                regressions=1,
                worst=("1",),
            ),
        ),
    )
    return made, samples
