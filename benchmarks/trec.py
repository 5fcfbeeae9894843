"""TREC, 500 tests for single cases: base and adapter against bare loops of ``generate``."""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from benchmarks.options import Options
from benchmarks.suite import PROGRAMS, Suite, make_suite, read_rows, write_rows
from benchmarks.table import Row, faster
from benchmarks.timing import Side, fastest, race

FILE = "trec/test.jsonl"
ROWS = 500
FASTER_GOAL = 8.0
SHARE_GOAL = 1.10
"""Of the batched loop's time."""
BATCHES = (16, 32, 64)
SUBSET = 128
"""Cases on which the loop's batch size is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loop:
    """A bare loop over the suite's chats."""

    folder: Path
    options: Options
    new_tokens: int
    batch: int
    chats: str = "chats.jsonl"

    @property
    def replies(self) -> dict[str, list[str]]:
        """The last run's replies, by variant."""
        found: dict[str, list[str]] = json.loads(self._output.read_text("utf-8"))
        return found

    @property
    def side(self) -> Side:
        """The loop as a process."""
        return Side(
            name=f"generate, batches of {self.batch}, {self.chats}",
            commands=[
                [
                    *(sys.executable, str(PROGRAMS / "bare_loop.py")),
                    *(str(self.options.model), str(self.options.adapter), self.chats),
                    *(str(self.batch), str(self.new_tokens), str(self._output)),
                ]
            ],
            folder=self.folder,
        )

    @property
    def _output(self) -> Path:
        return self.folder / f"replies_{self.batch}.json"


def rows(options: Options) -> Iterator[Row]:
    """Yield the rows; raises NotRunError where something is missing."""
    with tempfile.TemporaryDirectory() as name:
        suite = make_trec(Path(name) / "suite", options, ROWS)
        new_tokens = _write_chats(suite, options)
        loop = _Loop(folder=suite.folder, options=options, new_tokens=new_tokens, batch=1)
        tried = [replace(loop, batch=batch, chats="first_chats.jsonl") for batch in BATCHES]
        batched = replace(loop, batch=BATCHES[fastest([one.side for one in tried])])
        ours, single, batches = race(
            [
                suite.side(
                    "plugin, empty store",
                    options.model,
                    {"candidate": options.adapter},
                    tests="test_trec.py",
                ),
                loop.side,
                batched.side,
            ],
            runs=options.runs,
            warm_up=False,
        )
        replies = {one: _replies(suite, one) for one in ("base", "candidate")}
        same_single, same_batched = _same(replies, loop.replies), _same(replies, batched.replies)
    work = f"TREC, {options.rows(ROWS)} tests of one case, base + adapter"
    measured, goal, met = faster(single.wall, ours.wall, FASTER_GOAL)
    yield Row(
        work=work,
        against="one `generate` a case",
        measured=measured,
        parity=same_single,
        goal=goal,
        met=met,
    )
    share = ours.wall / batches.wall
    yield Row(
        work=work,
        against=f"one bare loop of `generate`, batches of {batched.batch} (the best of "
        f"{', '.join(map(str, BATCHES))} on {options.rows(SUBSET)} cases)",
        measured=f"{ours.wall:.1f} s against {batches.wall:.1f} s: {share:.2f} times its time",
        parity=same_batched,
        goal=f"at most {SHARE_GOAL:.2f} times",
        met=share <= SHARE_GOAL,
    )


def make_trec(folder: Path, options: Options, most: int) -> Suite:
    """Return a suite of the first `most` questions."""
    suite = make_suite(folder, "trec")
    write_rows(folder / "trec.jsonl", read_rows(options.data(FILE), options.rows(most)))
    return suite


def _write_chats(suite: Suite, options: Options) -> int:
    """Write the task's chats for the loops; return how many tokens a reply may have."""
    task = yaml.safe_load((suite.folder / "trec.task.yaml").read_text("utf-8"))
    system = task["messages"][0]
    chats = [
        {"messages": [system, {"role": "user", "content": row["question"]}]}
        for row in read_rows(suite.folder / "trec.jsonl")
    ]
    write_rows(suite.folder / "chats.jsonl", chats)
    write_rows(suite.folder / "first_chats.jsonl", chats[: options.rows(SUBSET)])
    new_tokens: int = task["decode"]["max_new_tokens"]
    return new_tokens


def _replies(suite: Suite, variant: str) -> list[str]:
    samples: list[dict[str, Any]] = suite.samples(variant)
    return [str(sample["response"]) for sample in samples]


def _same(ours: dict[str, list[str]], theirs: dict[str, list[str]]) -> str:
    """Say how many replies are the same, letter by letter."""
    pairs = [pair for one in ours for pair in _paired(ours[one], theirs[one])]
    return f"same reply on {sum(a == b for a, b in pairs):,} of {len(pairs):,}"


def _paired(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(ours, theirs, strict=True))
