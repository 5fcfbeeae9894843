"""A world of files for runs with the fake engine: a base, candidates, tasks, a store and a log."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.request import Decode
from pytest_ftevals.core.task import Task
from pytest_ftevals.planning.plan import Need, request_of
from pytest_ftevals.run.progress import Silent, Step
from pytest_ftevals.run.session import Session
from pytest_ftevals.run.settings import EngineSettings, Settings, Source

ENGINE = "fake_engine:FakeEngine"


class Watch(Silent):
    """Keeps what progress was told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.steps: list[Step] = []

    def say(self, what: str) -> None:
        """Keep what begins."""
        self.said.append(what)

    def show(self, step: Step) -> None:
        """Keep how far it is."""
        self.steps.append(step)


class World:
    """Files on disk, and sessions on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = folder / "base"
        self.watch = Watch()
        self._sessions: list[Session] = []
        if not self.base.exists():  # else another process made it
            self._model(self.base, "config.json", "model.safetensors", "5")
            (self.base / "tokenizer.json").write_text("{}")
            self.script()

    def adapter(self, name: str, weights: str = "8") -> Source:
        """Write an adapter whose weights say how many of ten it knows."""
        folder = self.folder / name
        self._model(folder, "adapter_config.json", "adapter_model.safetensors", weights)
        return self.source(name)

    def full(self, name: str, weights: str = "9") -> Source:
        """Write a full model whose weights say how many of ten it knows."""
        self._model(self.folder / name, "config.json", "model.safetensors", weights)
        return self.source(name)

    def source(self, name: str) -> Source:
        """Return a candidate that was written before."""
        return Source(name=name, source=str(self.folder / name))

    def script(self, **trouble: Any) -> None:
        """Say what the engine is and what goes wrong from now on."""
        (self.base / "script.json").write_text(json.dumps(trouble))

    def settings(
        self, *candidates: Source, batch_tokens: int | None = 30, **changed: Any
    ) -> Settings:
        """Return a run's settings; a batch holds about two of this file's requests."""
        chosen = Settings(
            root=self.folder,
            base=str(self.base),
            candidates=candidates,
            engine=ENGINE,
            store=self.folder / "store",
            loading=EngineSettings(batch_tokens=batch_tokens),
        )
        return replace(chosen, **changed)

    def session(self, *candidates: Source, **changed: Any) -> Session:
        """Return a new session, as a new run would make it; closed at the test's end."""
        session = Session(self.settings(*candidates, **changed), self.watch)
        self._sessions.append(session)
        return session

    def run(self, task: Task, *candidates: Source, **changed: Any) -> Session:
        """Answer a whole task by the base and all candidates, and return the session."""
        session = self.session(*candidates, **changed)
        session.answer([self.need(task, *session.settings.variants)])
        return session

    def need(self, task: Task, *variants: str) -> Need:
        """Return the need of a whole task."""
        return Need(task=task, cases=task.cases, variants=variants)

    def words(self, n: int = 8, *, name: str = "words", **changed: Any) -> Task:
        """Return a task of `n` prompts of equal length whose last word is expected."""
        cases = tuple(
            Case(
                id=str(number),
                task=name,
                prompt=f"Say word{number:04d}",
                expected=f"word{number:04d}",
                slices={"parity": "odd" if number % 2 else "even"},
                source=f"{name}.jsonl:{number + 1}",
            )
            for number in range(n)
        )
        task = Task(
            name=name,
            kind="generate",
            path=self.folder / f"{name}.task.yaml",
            cases=cases,
            metrics=("accuracy",),
            decode=Decode(max_new_tokens=2),
            slices=("parity",),
            data_hash="d" * 64,
        )
        return replace(task, **changed)

    def choices(self, n: int = 8) -> Task:
        """Return a task that rates two continuations of `n` prompts."""
        cases = tuple(
            replace(case, task="quiz", options=("x", "y"), continuations=(" A", " B"), expected=0)
            for case in self.words(n).cases
        )
        return self.words(n, name="quiz", kind="choice", cases=cases)

    def long_case(self) -> Case:
        """Return a case of 60 tokens."""
        prompt = f"Say {'z' * 51} long"
        return Case(id="long", task="words", prompt=prompt, expected="long", source="words:9")

    def replies(self, session: Session, task: Task, variant: str) -> list[str | None]:
        """Return a variant's reply or error to every case, None where there is neither."""
        found = [session.answers.get(variant, request_of(task, case)) for case in task.cases]
        return [None if one is None else one.error or one.text for one in found]

    def log(self, what: str) -> list[dict[str, Any]]:
        """Return what the engine was told of one kind, since `forget`."""
        path = self.base / "log.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [entry for entry in map(json.loads, lines) if entry["what"] == what]

    def events(self) -> list[str]:
        """Return what the engine loaded, freed and answered, "what variant", repeats left out."""
        path = self.base / "log.jsonl"
        told = [json.loads(line) for line in path.read_text().splitlines()]
        kinds = ("open", "attach", "release", "answer")
        events = [
            f"{one['what']} {one.get('variant', '')}".strip()
            for one in told
            if one["what"] in kinds
        ]
        return [event for event, _ in groupby(events)]

    def computed(self, variant: str | None = None) -> list[str]:
        """Return the prompts that the engine computed, in order."""
        answered = [one for one in self.log("answer") if variant in (None, one["variant"])]
        return [prompt for one in answered for prompt in one["prompts"]]

    def forget(self) -> None:
        """Begin the log anew."""
        (self.base / "log.jsonl").unlink(missing_ok=True)

    def close(self) -> None:
        """Close all sessions."""
        for session in self._sessions:
            session.close()

    def _model(self, folder: Path, config: str, weights: str, content: str) -> None:
        folder.mkdir(exist_ok=True)
        (folder / config).write_text('{"model_type": "fake"}')
        (folder / weights).write_text(content)


@pytest.fixture(autouse=True)
def engine_on_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the run find the fake engine by its name."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    yield
    sys.modules.pop("fake_engine", None)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A base, an empty store, and nothing that goes wrong."""
    world = World(tmp_path)
    yield world
    world.close()
