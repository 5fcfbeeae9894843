"""The progress of several processes: told by each, added up by one."""

import json
import threading
import time
from pathlib import Path

import pytest

from pytest_ftevals.run.messages import Messages
from pytest_ftevals.run.progress import Step
from pytest_ftevals.run.shared_progress import KIND, State, Teller, read_states, summed, together


def step(done: int, total: int = 100, *, variant: str = "good", seconds: float = 1.0) -> Step:
    """Return a step of requests of ten tokens each."""
    return Step(
        variant=variant,
        done=done,
        total=total,
        tokens=10 * done,
        total_tokens=10 * total,
        seconds=seconds,
    )


def test_what_is_done_adds_up_and_the_plan_does_not() -> None:
    """Both plan 100 requests; the second began when 10 of them were stored."""
    both = together([step(30, 100, seconds=4), step(20, 90, seconds=3)])
    assert both == step(50, 100, seconds=4)


def test_one_alone_is_itself() -> None:
    """A run with one worker looks like one without."""
    assert together([step(3)]) == step(3)


def test_no_more_than_all_is_done() -> None:
    """A request that fails is stored by nobody, so each process does it."""
    assert together([step(60), step(60)]) == step(100)


def test_variants_are_named_once() -> None:
    """Workers may be at different ones."""
    names = ["good", "base", "good"]
    assert together([step(1, variant=name) for name in names]).variant == "good and base"


def test_nobody_works() -> None:
    """Nothing is told, everything is over, or those who worked died."""
    assert summed({}, ["gw0"]) is None
    assert summed({"gw0": State(step=step(3), over=True)}, ["gw0"]) is None
    assert summed({"gw0": State(step=step(3))}, []) is None


def test_phases_are_told_once_each() -> None:
    """Workers load the same model at the same time."""
    states = {
        "gw0": State(phase="loading base"),
        "gw1": State(phase="loading base"),
        "gw2": State(phase="loading good"),
    }
    assert summed(states, states) == "loading base; loading good"
    assert summed(states, ["gw0", "gw1"]) == "loading base"


def test_answering_is_told_while_others_load() -> None:
    """A phase is shown where all that work are in one."""
    answers, loads = State(step=step(3)), State(phase="loading", step=step(4))
    assert summed({"gw0": answers, "gw1": State(phase="loading")}, ["gw0", "gw1"]) == step(3)
    assert summed({"gw0": answers, "gw1": loads}, ["gw0", "gw1"]) == step(7)
    assert summed({"gw0": answers, "gw1": loads}, ["gw1"]) == "loading"


def test_what_the_dead_and_the_ready_have_done_counts() -> None:
    """It is stored; only what they were at does not count."""
    states = {
        "gw0": State(step=step(20, variant="base")),
        "gw1": State(step=step(30, variant="base"), over=True),
        "gw2": State(step=step(5)),
    }
    assert summed(states, ["gw1", "gw2"]) == step(55)


def test_a_second_pass_adds_to_the_first(tmp_path: Path) -> None:
    """A process that takes over another's batches counts from nothing again, of what is left."""
    messages = Messages(tmp_path)
    teller = Teller(messages, "gw0")
    for shown in (step(4, seconds=1), step(50, seconds=9), step(2, 7, seconds=1), step(7, 7)):
        teller.show(shown)
    teller.say("")
    state = read_states(messages, ["gw0", "gw1"])["gw0"]
    assert state.over
    assert state.step is not None
    assert (state.step.done, state.step.total) == (57, 100)
    assert (state.step.tokens, state.step.total_tokens) == (570, 1000)


def test_turns_add_up(tmp_path: Path) -> None:
    """Models that don't fit together take turns, of which a process knows one at a time."""
    messages = Messages(tmp_path)
    for sender, shares in (("gw0", (60, 30)), ("gw1", (40, 19))):
        teller = Teller(messages, sender)
        for turn, done in enumerate(shares):
            teller.say(f"loading {turn}")
            teller.show(step(1, (100, 50)[turn] - turn))
            teller.show(step(done, (100, 50)[turn] - turn))
        teller.say("")
    steps = [one.step for one in read_states(messages, ["gw0", "gw1"]).values() if one.step]
    whole = together(steps)
    assert [one.done for one in steps] == [90, 59]
    assert (whole.done, whole.total) == (149, 149)  # the second turn began with one stored
    assert (whole.tokens, whole.total_tokens) == (1490, 1490)


def test_time_runs_on_over_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens a second are over all of them, waiting for others included."""
    clock = iter(float(now) for now in range(100, 200))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    messages = Messages(tmp_path)
    teller = Teller(messages, "gw0")
    teller.show(step(4, seconds=5))
    for _ in range(10):
        next(clock)
    teller.show(step(1, 2, seconds=1))
    state = read_states(messages, ["gw0"])["gw0"]
    assert state.step is not None
    assert state.step.seconds == pytest.approx(5 + 10 + 2)  # a look at the clock a call


def test_telling_is_rare_and_ends_with_the_last_word(tmp_path: Path) -> None:
    """A thousand batches are a few writes; the end is told at once, with what was left untold."""
    writes: list[State] = []

    class Counting(Messages):
        def put(self, kind: str, sender: str, content: object) -> None:
            assert (kind, sender) == (KIND, "gw0")
            writes.append(State.from_json(json.loads(json.dumps(content))))

    teller = Teller(Counting(tmp_path), "gw0")
    teller.say("loading base")
    for done in range(1, 1001):
        teller.show(step(done, 1000))
    assert len(writes) < 20
    teller.say("")
    assert writes[0] == State(phase="loading base")
    assert writes[-1].step is not None
    assert writes[-1].step.done == 1000
    assert writes[-1].over


@pytest.mark.parametrize("content", [None, 3, [], {}, {"phase": "x"}, {"step": {"done": 1}}])
def test_what_is_no_state_is_none(tmp_path: Path, content: object) -> None:
    """A worker of another version is not shown, and breaks nothing."""
    messages = Messages(tmp_path)
    messages.put(KIND, "gw0", content)  # type: ignore[arg-type]
    assert read_states(messages, ["gw0"]) == {}


def test_reading_while_it_is_told(tmp_path: Path) -> None:
    """Whoever looks sees a whole state, whenever that is."""
    messages = Messages(tmp_path)
    messages.put(KIND, "gw0", State().to_json())
    ended = threading.Event()

    def tell() -> None:
        for done in range(300):
            messages.put(KIND, "gw0", State(step=step(done), phase="x" * (done % 7)).to_json())
        ended.set()

    thread = threading.Thread(target=tell)
    thread.start()
    while not ended.is_set():
        assert "gw0" in read_states(messages, ["gw0"])
    thread.join()
