"""The fixtures ``base``, ``candidate``, ``model`` and ``compare``, and the replies they give."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

SCHEMA = '{"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}'


def test_base_and_candidate_reply(project: "Project") -> None:
    """Both answer cases; replies have text and finish."""
    project.task(cases=2)
    project.adapter("good", wrong=["c2"], cut=["c2"])
    project.tests("""
        @words.cases()
        def test_both(base, candidate, case):
            assert base.generate(case).text == case.row["word"]
            assert base.generate(case).finish == "stop"
            reply = candidate.generate(case)
            assert reply.text == ("wrong" if case.id == "c2" else case.expected)
            assert reply.finish == ("length" if case.id == "c2" else "stop")
            assert (base.name, candidate.name) == ("base", "good")
            assert case.slices == {}
            assert reply.choice is None
            assert reply.logprobs == ()
    """)
    project.run().assert_outcomes(passed=2)


def test_model_is_every_variant_in_turn(project: "Project") -> None:
    """``model`` runs a test for the base and every candidate, always with ids."""
    project.task(cases=1)
    project.tests("""
        @words.cases()
        def test_speaks(model, case):
            assert model.generate(case).text == case.expected
    """)
    record = project.record()
    assert [test["nodeid"].partition("::")[2] for test in record["tests"]] == [
        "test_speaks[base-c1]",
        "test_speaks[good-c1]",
    ]
    assert sorted(project.asked()) == [("base", "c1"), ("good", "c1")]


def test_generate_in_a_body_reads_what_was_answered(project: "Project") -> None:
    """Per-case tests are answered in one batch a variant, before the first of them."""
    project.task(cases=5)
    project.tests("""
        @words.cases()
        def test_case(candidate, case):
            for _ in range(3):
                assert candidate.generate(case).text == case.expected
    """)
    project.run().assert_outcomes(passed=5)
    assert [len(one["cases"]) for one in project.log() if one["what"] == "answer"] == [5]


def test_variant_that_was_not_planned_is_asked_for_the_whole_task(project: "Project") -> None:
    """A body may ask another variant than its fixtures named; the whole task is answered."""
    project.task(cases=3)
    project.tests("""
        @words.cases()
        def test_case(candidate, case, request):
            base = request.getfixturevalue("base")
            assert base.generate(case).text == case.expected
    """)
    project.run().assert_outcomes(passed=3)
    assert sorted(project.asked())[:3] == [("base", "c1"), ("base", "c2"), ("base", "c3")]
    assert len(project.asked()) == 6


def test_choice_replies(project: "Project") -> None:
    """For a choice the reply is the likeliest option, with all log-likelihoods."""
    project.choice(cases=1)
    project.adapter("good", replies={"q1": "no"})
    project.tests("""
        quiz = load_task("quiz.task.yaml")
        @quiz.cases()
        def test_choice(base, candidate, case):
            assert base.generate(case).text == "yes"
            reply = candidate.generate(case)
            assert (reply.text, reply.choice) == ("no", 1)
            assert reply.logprobs == (-2.0, -1.0)
            assert case.expected == 0
    """)
    project.run().assert_outcomes(passed=1)


def test_real_replies(real: "Project") -> None:
    """Real models reply to plain prompts, chats and choices."""
    real.task(cases=2, decode={"max_new_tokens": 3})
    real.task(
        "chat",
        cases=2,
        prompt=None,
        messages=[{"role": "user", "content": "{{ id }} = {{ word }}"}],
        decode={"max_new_tokens": 3},
    )
    real.choice(cases=2)
    real.tests("""
        quiz, chat = load_task("quiz.task.yaml"), load_task("chat.task.yaml")
        @words.cases()
        def test_words(model, case):
            reply = model.generate(case)
            assert isinstance(reply.text, str) and reply.finish in ("stop", "length")
        @chat.cases()
        def test_chat(model, case):
            assert isinstance(model.generate(case).text, str)
        @quiz.cases()
        def test_quiz(model, case):
            reply = model.generate(case)
            assert reply.text in case.options
            assert all(logprob < 0 for logprob in reply.logprobs)
    """)
    real.run().assert_outcomes(passed=12)


@pytest.mark.parametrize(
    ("reply", "passes", "says"),
    [
        ('{"a": 1}', True, ""),
        ('  {"a": 1}\n', True, ""),
        ('{"a": 1', False, "*base's reply to case c1 of words is not JSON: *"),
        ("hello", False, "*is not JSON: *"),
        ("[1]", False, "*violates s.json at $: *is not of type 'object'*"),
        ('{"a": "x"}', False, "*violates s.json at $.a: 'x' is not of type 'integer'*"),
        ('{"b": 1}', False, "*violates s.json at $: 'a' is a required property*"),
        ("\x1b[31m{", False, "*reply: '\\x1b*31m{'*"),
    ],
)
def test_json_replies(project: "Project", reply: str, passes: bool, says: str) -> None:
    """``reply.json`` parses an object and holds it against a schema beside the task file."""
    project.task(cases=1)
    (project.path / "s.json").write_text(SCHEMA)
    project.model("base", replies={"c1": reply})
    project.tests("""
        @words.cases()
        def test_json(base, case):
            assert base.generate(case).json(schema="s.json") == {"a": 1}
    """)
    result = project.run()
    result.assert_outcomes(passed=int(passes), failed=int(not passes))
    if says:
        result.stdout.fnmatch_lines([f"E {says}"])
    assert "\x1b" not in result.stdout.str()


def test_json_without_a_schema(project: "Project") -> None:
    """Without a schema any object is returned; an array is none."""
    project.task(cases=2)
    project.model("base", replies={"c1": '{"a": [1, {"b": null}]}', "c2": "[]"})
    project.tests("""
        @words.cases()
        def test_json(base, case):
            assert base.generate(case).json() == {"a": [1, {"b": None}]}
    """)
    result = project.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*case c2 of words is JSON, but no object"])


def test_what_is_no_case_or_task_is_refused(project: "Project") -> None:
    """``generate`` takes cases and ``compare`` takes tasks; the message shows the user's line."""
    project.task()
    project.tests("""
        def test_generate(candidate):
            candidate.generate("How are you?")
        def test_compare(compare):
            compare("words")
        def test_metric(compare):
            compare(words)["acuracy"]
        def test_slice(compare):
            compare(words)["exact_match"].slice("language=fr")
    """)
    result = project.run()
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(
        [
            "*test_evals.py:6: generate() takes a case, not str",
            "*test_evals.py:8: compare() takes a task, not str 'words'",
            "*test_evals.py:10: *acuracy*",
            "*test_evals.py:12: *language=fr*",
        ]
    )
    result.stdout.no_fnmatch_line("*pytest_ftevals*.py:*")


def test_measures_give_plain_numbers(project: "Project") -> None:
    """``.value``, ``.base`` and ``.interval`` are numbers; gain mirrors drop; slices compare."""
    project.adapter("good", wrong=["c2", "c4"])
    project.task(slices=["language"])
    project.tests("""
        def test_numbers(compare):
            result = compare(words)
            measure = result["exact_match"]
            assert measure.value == pytest.approx(4 / 6)
            assert measure.base == 1
            low, high = measure.interval
            assert 0 <= low < measure.value < high <= 1
            assert result.drop.value == pytest.approx(100 / 3)
            assert result.gain.value == pytest.approx(-100 / 3)
            assert measure.slice("language=en") >= 1
            assert measure.slice("language=de").drop.value == pytest.approx(200 / 3)
            assert 0.6 <= measure <= 0.7
            assert measure.drop == pytest.approx(100 / 3)
    """)
    project.run().assert_outcomes(passed=1)
