"""``--ftevals-sequential``: full models one after the other, with the same result."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugin.conftest import Models, Project


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> "Callable[[], list[int]]":
    """Count the models in memory whenever one is loaded, itself included."""
    import gc
    import weakref

    from pytest_ftevals.engines.transformers.load import load_model

    models: list[weakref.ref[Any]] = []
    counts: list[int] = []

    def counting(*arguments: Any, **options: Any) -> Any:
        model = load_model(*arguments, **options)
        models.append(weakref.ref(model))
        gc.collect()
        counts.append(sum(one() is not None for one in models))
        return model

    monkeypatch.setattr("pytest_ftevals.engines.transformers.fleet.load_model", counting)
    return lambda: counts


def twins(project: "Project", models: "Models") -> None:
    """Write tests that compare two full models and an adapter with the base."""
    project.task(cases=4, decode={"max_new_tokens": 5})
    project.choice(cases=4)
    project.ini(base=models.base, candidate=None, engine=None, device="cpu")
    project.tests("""
        quiz = load_task("quiz.task.yaml")

        @pytest.mark.evaluates(words, quiz)
        @pytest.mark.parametrize("task", [words, quiz], ids=["words", "quiz"])
        def test_kept(compare, task):
            assert compare(task).drop <= 100
    """)


def second(models: "Models") -> Any:
    """Return a full model of other weights than the first."""
    import torch
    from safetensors.torch import load_file, save_file

    folder = models.full.with_name("second")
    if not folder.exists():
        import shutil

        shutil.copytree(models.full, folder)
        weights = load_file(folder / "model.safetensors")
        torch.manual_seed(3)
        changed = {name: one + 0.1 * torch.randn_like(one) for name, one in weights.items()}
        save_file(changed, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_same_record_with_one_model_at_a_time(
    real: "Project", models: "Models", alive: "Callable[[], list[int]]"
) -> None:
    """Three full models and an adapter: never two of them in memory."""
    twins(real, models)
    candidates = (
        f"--ftevals-candidate=one={models.full}",
        f"--ftevals-candidate=r4={models.adapters['r4']}",
        f"--ftevals-candidate=two={second(models)}",
        "--ftevals-no-store",
    )
    together = real.record(*candidates, folder="together")
    assert real.result.ret == 0
    assert max(alive()) == 3
    alive().clear()
    apart = real.record(*candidates, "--ftevals-sequential", folder="apart")
    assert real.result.ret == 0
    assert alive() == [1, 1, 1]
    before, after = real.comparable(together), real.comparable(apart)
    assert (
        before["run"]["options"].pop("sequential"),
        after["run"]["options"].pop("sequential"),
    ) == (
        False,
        True,
    )
    assert before == after
    assert real.samples("together") == real.samples("apart")


def test_turns_are_taken_where_memory_is_short(
    real: "Project",
    models: "Models",
    alive: "Callable[[], list[int]]",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the option too, as the free memory tells."""
    monkeypatch.setattr(
        "pytest_ftevals.engines.transformers.memory.free_memory", lambda _device: 1000
    )
    twins(real, models)
    real.record(f"--ftevals-candidate=one={models.full}", "--ftevals-no-store")
    assert real.result.ret == 0
    assert alive() == [1, 1]


def test_a_task_that_no_test_declared_loads_what_it_needs(
    real: "Project", models: "Models", alive: "Callable[[], list[int]]"
) -> None:
    """In the middle of a test body; again one model at a time."""
    twins(real, models)
    real.task("late", cases=3, decode={"max_new_tokens": 3})
    real.tests("""
        @pytest.mark.evaluates(words)
        def test_late(compare):
            assert compare(load_task("late.task.yaml")).drop <= 100
    """)
    real.record(
        f"--ftevals-candidate=one={models.full}",
        f"--ftevals-candidate=two={second(models)}",
        "--ftevals-no-store",
        "--ftevals-sequential",
    )
    assert real.result.ret == 0
    assert set(alive()) == {1}
    assert len(alive()) > 3


def test_a_stored_run_loads_nothing(real: "Project", models: "Models") -> None:
    """The option is no part of an answer's key."""
    twins(real, models)
    candidate = f"--ftevals-candidate=one={models.full}"
    assert real.record(candidate)["run"]["plan"]["computed"] == 16
    assert real.record(candidate, "--ftevals-sequential")["run"]["plan"]["computed"] == 0
