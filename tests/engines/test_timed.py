"""Timed requests: the same replies, and what they took."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.request import Request
from pytest_ftevals.planning.batches import batch_of

STOPWATCH = "pytest_ftevals.engines.transformers.stopwatch"
ENGINE = "pytest_ftevals.engines.transformers.engine"
PROMPTS = ("yes", "Question: What is the capital of France?\nAnswer:")


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("architecture", ["llama", "mamba"])
def test_a_timed_reply_is_the_plain_one(
    architecture: str, temperature: float, make_model: Any, open_engine: Any, ask: Any
) -> None:
    """Token by token; with the time until its first and its last."""
    engine = open_engine(make_model(architecture, bos=False))
    for prompt in PROMPTS:
        plain = ask(prompt, temperature=temperature, seed=2)
        (one,) = engine.encode([plain])
        (other,) = engine.encode([replace(plain, kind="timed")])
        assert other.prompt_ids == one.prompt_ids
        (expected,) = engine.answer("base", batch_of([one]))
        (found,) = engine.answer("base", batch_of([other]))
        timing = found.timing
        assert (found.text, found.ids, found.finish) == (
            expected.text, expected.ids, expected.finish,
        )  # fmt: skip
        assert expected.timing is None
        assert 0 < timing.first_token_seconds < timing.seconds < 60
        assert (timing.new_tokens, timing.device) == (len(found.ids), "cpu")
        assert timing.device_peak is None


def test_the_clock_stands_at_the_first_token(
    llama: Path, open_engine: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One tick a look: begun, first token, end."""
    engine = open_engine(llama)
    (one,) = engine.encode([replace(ask("yes", max_new_tokens=5), kind="timed")])
    engine.answer("base", batch_of([one]))
    ticks = iter([10.0, 12.0, 17.0])
    monkeypatch.setattr(f"{STOPWATCH}.perf_counter", lambda: next(ticks))
    (found,) = engine.answer("base", batch_of([one]))
    assert (found.timing.first_token_seconds, found.timing.seconds) == (2, 7)


def test_switching_an_adapter_is_not_timed(
    llama: Path, lora: Path, open_engine: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one model is served, none are switched."""
    from pytest_ftevals.engines.transformers.adapters import AdaptedBase
    from pytest_ftevals.engines.transformers.stopwatch import _host_begins

    engine = open_engine(llama, tuned=lora)
    (one,) = engine.encode([replace(ask("yes"), kind="timed")])
    engine.answer("base", batch_of([one]))
    order: list[str] = []

    def noted(what: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            order.append(what)
            return function(*arguments, **options)

        return call

    monkeypatch.setattr(AdaptedBase, "_switch", noted("switch", AdaptedBase._switch))
    monkeypatch.setattr(f"{STOPWATCH}._host_begins", noted("begin", _host_begins))
    engine.answer("tuned", batch_of([one]))
    assert order[:2] == ["switch", "begin"]


def test_memory_is_the_peak_of_one_request(
    llama: Path, open_engine: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was held before and given back does not count; what is claimed meanwhile does."""
    from pytest_ftevals.engines.transformers.generate import generate_packed
    from pytest_ftevals.engines.transformers.stopwatch import _host_begins

    if not _host_begins():
        pytest.skip("this system tells no peak that can begin anew")

    engine = open_engine(llama)
    (one,) = engine.encode([replace(ask("yes"), kind="timed")])
    engine.answer("base", batch_of([one]))
    size = 300 * 2**20
    held = bytearray(size)
    del held
    (before,) = engine.answer("base", batch_of([one]))

    def greedy(*arguments: Any) -> Any:
        bytearray(size)
        return generate_packed(*arguments)

    monkeypatch.setattr(f"{ENGINE}.generate_packed", greedy)
    (large,) = engine.answer("base", batch_of([one]))
    monkeypatch.undo()
    (after,) = engine.answer("base", batch_of([one]))
    assert large.timing.host_peak - before.timing.host_peak > 0.9 * size
    assert large.timing.host_peak - after.timing.host_peak > 0.9 * size


def test_a_system_without_peaks_says_so(
    llama: Path, open_engine: Any, ask: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """None, never the peak of loading."""
    engine = open_engine(llama)
    (one,) = engine.encode([replace(ask("yes"), kind="timed")])
    for name in ("_CLEAR", "_STATUS"):
        with monkeypatch.context() as changed:
            changed.setattr(f"{STOPWATCH}.{name}", tmp_path / "none" / "such")
            (found,) = engine.answer("base", batch_of([one]))
        assert found.timing.host_peak is None


def test_one_that_cannot_be_asked_says_why(
    llama: Path, lora: Path, open_engine: Any, ask: Callable[..., Request]
) -> None:
    """As any other request does."""
    engine = open_engine(llama, tuned=lora)
    (refused,) = engine.encode([replace(ask("yes", max_new_tokens=400), kind="timed")])
    assert "context window is 256" in refused.error
    (one,) = engine.encode([replace(ask("yes", max_new_tokens=200), kind="timed")])
    engine._opened()[0].network("tuned").inner.config.max_position_embeddings = 100
    (found,) = engine.answer("tuned", batch_of([one]))
    assert "context window is 100" in found.error
