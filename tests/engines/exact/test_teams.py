"""Variants that answer in one pass: plain LoRA and the base; each replies as it does alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.request import Decode, Request
from pytest_ftevals.planning.batches import batches


@pytest.fixture(scope="module")
def adapters(model_of: Callable[..., Path], make_adapter: Any) -> dict[str, Path]:
    """Adapters of several ranks and modules on one base, and one that passes cannot mix."""
    from peft import LoraConfig

    base = model_of("llama")

    def made(seed: int, **changes: Any) -> Path:
        config = {"r": 4, "target_modules": ["q_proj", "v_proj"], "task_type": "CAUSAL_LM"}
        folder: Path = make_adapter(base, LoraConfig(**{**config, **changes}), seed=seed)
        return folder

    return {
        "one": made(1),
        "two": made(2, r=2, target_modules=["up_proj", "o_proj"]),
        "three": made(3, use_rslora=True, target_modules="all-linear"),
        "dora": made(4, use_dora=True),
    }


def test_teams_are_made_of_what_a_pass_can_mix(
    adapters: dict[str, Path], model_of: Callable[..., Path], make_model: Any, open_engine: Any
) -> None:
    """For replies, whose steps read all weights; in their order, the others alone."""
    base = model_of("llama")
    engine = open_engine(base, **adapters, full=make_model("llama", seed=7))
    names = ["base", "dora", "one", "full", "two", "three"]
    teams = engine.teams(names, "generate")
    assert [name for team in teams if len(team) > 1 for name in team] == [
        "base",
        "one",
        "two",
        "three",
    ]
    assert sorted(name for team in teams for name in team) == sorted(names)
    assert {"dora", "full"} == {team[0] for team in teams if len(team) == 1}
    assert engine.teams(names, "loglikelihood") == [[name] for name in names]
    assert open_engine(base).teams(["base"], "generate") == [["base"]]
    engine.avoid_shortcuts("one")
    assert ["one"] in engine.teams(names, "generate")


@pytest.mark.parametrize("budget", [1, 60, 200, 10**6])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_team_replies_as_its_variants_alone(
    budget: int,
    temperature: float,
    adapters: dict[str, Path],
    model_of: Callable[..., Path],
    open_engine: Any,
    prompts: tuple[str, ...],
) -> None:
    """Greedy or drawn, ending at different steps in different variants, after prefixes or not."""
    team = ["base", "one", "two", "three"]
    engine = open_engine(model_of("llama"), **adapters)
    decode = Decode(max_new_tokens=14, temperature=temperature, seed=3, stop=("e", "1", "t"))
    encoded = engine.encode(
        [
            Request(kind="generate", prompt=prompt, decode=decode, sample=sample)
            for prompt in prompts
            for sample in range(2)
        ]
    )
    replies = set()
    for batch in batches(encoded, budget):
        together = engine.answer_jointly(team, batch)
        assert together == [engine.answer(name, batch) for name in team]
        assert engine.answer_jointly(team[2:0:-1], batch) == together[2:0:-1]
        replies |= {tuple(one.text for one in responses) for responses in together}
    assert len(replies) > len(team) / 2


def test_what_only_some_can_answer_is_answered_by_each(
    adapters: dict[str, Path], model_of: Callable[..., Path], open_engine: Any, ask: Any
) -> None:
    """A prompt that is too long for the window fails alone, with a reason."""
    engine = open_engine(model_of("llama"), **adapters)
    encoded = engine.encode([ask("yes"), ask("no")])
    (batch,) = batches(encoded, 10**6)
    window = max(map(len, (one.prompt_ids for one in encoded))) + 2
    engine._opened()[0].network("base").inner.config.max_position_embeddings = window
    found = engine.answer_jointly(["base", "one"], batch)
    assert all(one.error and "context window" in one.error for each in found for one in each)


def test_who_avoids_shortcuts_takes_none_in_a_team(
    adapters: dict[str, Path],
    model_of: Callable[..., Path],
    open_engine: Any,
    ask: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A team may have been made before one of its answers turned out not to hold."""
    from pytest_ftevals.engines.transformers.network import Network

    engine = open_engine(model_of("llama"), **adapters)
    (batch,) = batches(engine.encode([ask("yes"), ask("yes no")]), 10**6)
    team = ["base", "one"]
    assert ["base", "one"] in engine.teams(team, "generate")
    before = engine.answer_jointly(team, batch)
    packed, read = Network.packed, []

    def noted(self: Network, *arguments: Any, **options: Any) -> Any:
        read.append(self.variant.name)
        return packed(self, *arguments, **options)

    monkeypatch.setattr(Network, "packed", noted)
    engine.avoid_shortcuts("one")
    assert engine.answer_jointly(team, batch) == before
    assert set(read) == {"base"}
