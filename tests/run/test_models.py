"""Variants on disk: fingerprints of contents, and what is seen wrong before anything is loaded."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.run.facts import options, shown_path
from pytest_ftevals.run.models import check_models, find_models, peek_models
from pytest_ftevals.run.settings import EngineSettings, Source
from pytest_ftevals.store.responses import Store

if TYPE_CHECKING:
    from tests.run.conftest import World


def _prints(world: "World", *candidates: Source) -> dict[str, str]:
    store = Store(world.folder / "store")
    models = find_models(world.settings(*candidates), store)
    assert peek_models(world.settings(*candidates), store) == models
    store.close()
    return {
        **{name: one.fingerprint for name, one in models.variants.items()},
        "tokenizer": models.tokenizer,
    }


def test_a_fingerprint_is_of_contents(world: "World") -> None:
    """Copies are the same variant; an adapter is what it is only on its base."""
    one, two = world.adapter("one"), world.adapter("two")
    before = _prints(world, one, two)
    assert before["one"] == before["two"] != before["base"]
    world.adapter("two", "9")
    after = _prints(world, one, two)
    assert {name for name in before if before[name] != after[name]} == {"two"}
    (world.base / "model.safetensors").write_text("6")
    other_base = _prints(world, one, two)
    assert {name for name in after if after[name] != other_base[name]} == {"base", "one", "two"}


@pytest.mark.parametrize(
    ("changed", "moved"),
    [
        ("base/config.json", {"base", "r8"}),
        ("base/generation_config.json", {"base", "r8"}),
        ("base/tokenizer_config.json", {"tokenizer"}),
        ("base/chat_template.jinja", {"tokenizer"}),
        ("r8/adapter_config.json", {"r8"}),
        ("base/README.md", set()),
        ("r8/README.md", set()),
    ],
)
def test_what_moves_which_fingerprint(world: "World", changed: str, moved: set[str]) -> None:
    """Every file that can change an answer does, and no other."""
    r8 = world.adapter("r8")
    before = _prints(world, r8)
    (world.folder / changed).write_text('{"something": "else"}')
    after = _prints(world, r8)
    assert {name for name in before if before[name] != after[name]} == moved


def test_a_full_candidate_with_the_bases_files_is_refused(world: "World") -> None:
    """Whatever is stored: the base's own answers must not pass for a fine-tune's."""
    full = world.folder / "full"
    full.mkdir()
    for name in ("config.json", "model.safetensors"):
        (full / name).write_bytes((world.base / name).read_bytes())
    with pytest.raises(FtevalsError, match="changes nothing"):
        _prints(world, Source(name="full", source=str(full)))


def test_a_full_candidate_depends_on_base_and_vocabulary(world: "World") -> None:
    """The base's end tokens end its replies, and its tokenizer's files decide whether it fits."""
    full = world.folder / "full"
    full.mkdir()
    (full / "config.json").write_bytes((world.base / "config.json").read_bytes())
    (full / "model.safetensors").write_bytes(b"fine-tuned")
    source = Source(name="full", source=str(full))
    seen = [_prints(world, source)["full"]]
    (full / "tokenizer.json").write_text('{"another": true}')
    seen.append(_prints(world, source)["full"])
    (world.base / "generation_config.json").write_text('{"eos_token_id": 7}')
    seen.append(_prints(world, source)["full"])
    assert len(set(seen)) == 3


def test_a_tokenizer_of_the_users_own_counts(world: "World") -> None:
    """Named by an option, its files take the place of the base's."""
    prints = _prints(world)
    own = world.folder / "tokenizer"
    own.mkdir()
    (own / "tokenizer.json").write_text('{"own": true}')
    settings = world.settings(loading=EngineSettings(tokenizer=own))
    check_models(settings)
    store = Store(world.folder / "store")
    assert find_models(settings, store).tokenizer != prints["tokenizer"]
    store.close()


def test_mistakes_are_seen_without_loading(world: "World") -> None:
    """A missing folder, a missing base, a tokenizer's folder without one: each is named."""
    check_models(world.settings(world.adapter("r8")))
    with pytest.raises(FtevalsError, match=r"gone \(.*\): there is no such folder"):
        check_models(world.settings(Source(name="gone", source=str(world.folder / "gone"))))
    with pytest.raises(FtevalsError, match="--ftevals-base: no base model is named"):
        check_models(replace(world.settings(), base=None))
    empty = world.settings(loading=EngineSettings(tokenizer=world.folder / "r8"))
    with pytest.raises(FtevalsError, match=r"--ftevals-tokenizer .*: no tokenizer files there"):
        check_models(empty)


def test_options_are_recorded_as_plain_values(world: "World") -> None:
    """What shapes answers and verdicts, in JSON's own types."""
    loading = EngineSettings(allow_pickle=frozenset({"b", "a"}), device_map={"x": 0})
    found = options(world.settings(world.adapter("r8"), loading=loading))
    assert found["allow_pickle"] == ["a", "b"]
    assert found["device_map"] == {"x": 0}
    assert found["candidates"] == {"r8": str(world.folder / "r8")}


def test_paths_below_the_root_are_shown_short(tmp_path: Path) -> None:
    """Others as they are."""
    assert shown_path(tmp_path / "a" / ".." / "b.yaml", tmp_path) == "b.yaml"
    assert shown_path(tmp_path / "b.yaml", tmp_path / "deep") == str(tmp_path / "b.yaml")
