"""Data sets of the hub, through `datasets`: fetched once, cached, and never fetched unasked.

`datasets` reads its settings when it is imported, so every test has a process of its own.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tasks.fake_hub import COMMIT, FakeHub, fake_hub

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("datasets") is None, reason="needs the extra [hub]"
    ),
]

SCRIPT = """
import json, os, sys, urllib.error, urllib.request
from pytest_ftevals.tasks.hub_data import NotAtHandError, hub_rows
from pytest_ftevals.tasks.hub_source import read_hub_source
def visit(path):
    try:
        urllib.request.urlopen(os.environ["HF_ENDPOINT"] + path)
    except urllib.error.HTTPError:
        pass
for written, network, most in json.loads(sys.argv[1]):
    visit("/mark")
    if written.startswith("/"):
        visit(written)
        continue
    try:
        rows = hub_rows(read_hub_source(written, where=""), network=network, most=most)
        said = [[row.values, row.where] for row in rows]
    except NotAtHandError as error:
        said = [str(error), error.later]
    print(json.dumps(said), flush=True)
"""
TEST, DEV = "hub:org/name:small#test", "hub:org/name:small#dev"
Step = tuple[str, bool, int | None]
Said = list[object]


def _ask(home: Path, hub: FakeHub, steps: list[Step], *, offline: bool = False) -> list[Said]:
    """Ask for rows, a step after the other, in one process; return what each gave."""
    environment = {**os.environ, "HF_HOME": str(home), "HF_ENDPOINT": hub.url}
    environment |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "1" if offline else "0"}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2])}
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(steps)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


def _asked(hub: FakeHub) -> list[bool]:
    """Return for every step whether the hub was asked for the data set."""
    steps: list[bool] = []
    for path in hub.asked:
        if path == "/mark":
            steps.append(False)
        elif "org/" in path:
            steps[-1] = True
    hub.asked.clear()
    return steps


def _row(question: str, label: int, where: str) -> list[object]:
    return [{"question": question, "label": label}, where]


def test_the_cache_then_the_hub(tmp_path: Path) -> None:
    """The hub is asked when that is allowed and the cache lacks the data set, and only then."""
    pinned, other = f"hub:org/name:small@{COMMIT}#dev", "hub:org/name:small@abcdef0#test"
    branch = "hub:org/name:small@main#dev"
    with fake_hub() as hub:
        steps: list[tuple[Step, bool, Said]] = [
            ((TEST, False, None), False, ["the hub's local cache lacks it", True]),
            ((TEST, True, None), True, [_row("Q1", 0, f"{TEST}:1"), _row("Q2", 1, f"{TEST}:2")]),
            ((TEST, True, 1), False, [_row("Q1", 0, f"{TEST}:1")]),
            ((DEV, False, None), False, [_row("D1", 1, f"{DEV}:1")]),
            ((pinned, True, None), False, [_row("D1", 1, f"{pinned}:1")]),
            ((branch, True, None), False, [_row("D1", 1, f"{branch}:1")]),
            ((other, False, None), False, ["the hub's local cache lacks it", True]),
        ]
        assert _ask(tmp_path, hub, [step for step, *_ in steps]) == [said for *_, said in steps]
        assert _asked(hub) == [asks for _, asks, _ in steps]
        # HF_HUB_OFFLINE: the cache is all there is.
        said = _ask(tmp_path, hub, [(TEST, True, 1), (other, True, None)], offline=True)
        assert said[0] == [_row("Q1", 0, f"{TEST}:1")]
        assert said[1] == ["HF_HUB_OFFLINE forbids the network, and the cache lacks it", False]
        assert _asked(hub) == [False, False]


def test_what_the_hub_does_not_have(tmp_path: Path) -> None:
    """A wrong split, configuration, revision or name is said by what there is.

    With a hub that fails `datasets` would take what is cached, whatever revision was asked for.
    """
    converted = "hub:org/name:small@refs/convert/parquet#test"
    with fake_hub() as hub:
        said = _ask(
            tmp_path,
            hub,
            [
                (converted, True, 1),
                ("hub:org/name:small#train", True, None),
                ("hub:org/name:big#test", True, None),
                ("hub:org/name:small@abcdef0#test", True, None),
                ("hub:org/other#test", True, None),
                ("/gone", True, None),
                ("hub:org/name:small@abcdef1#test", True, None),
            ],
        )
    assert said[0] == [_row("Q1", 0, f"{converted}:1")]
    reasons = [str(one[0]) for one in said[1:]]
    assert reasons[0] == "it has no such split, only test, dev"
    assert reasons[1].startswith("the hub does not give it: BuilderConfig 'big' not found. Avail")
    assert reasons[2].startswith("the hub does not give it: Revision 'abcdef0' doesn't exist")
    assert reasons[3].startswith("the hub does not give it: ")
    assert reasons[4] == "the hub does not give it, and the cache has another revision"


STORED = """
import json
from types import SimpleNamespace
from datasets import ClassLabel, Dataset, Features, Image, Value
from pytest_ftevals.tasks.hub_data import _columns
labels = ClassLabel(names=["no", "yes"])
features = Features({"label": labels, "image": Image(), "x": Value("float64")})
data = Dataset.from_dict({
    "label": [1, 0, 1],
    "image": [{"bytes": b"no picture", "path": None}] * 3,
    "x": [0.5, float("nan"), None],
}, features=features)
builder = SimpleNamespace(info=SimpleNamespace(splits={"test": 1}), as_dataset=lambda split: data)
print(json.dumps({name: repr(cells) for name, cells in _columns(builder, "test", 2).items()}))
"""


def test_pictures_are_not_decoded() -> None:
    """Which takes a library, and time; a template that needs none is not kept from its rows."""
    run = subprocess.run(
        [sys.executable, "-c", STORED],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == {
        "label": "[1, 0]",
        "image": repr([{"bytes": b"no picture", "path": None}] * 2),
        "x": "[0.5, nan]",
    }
