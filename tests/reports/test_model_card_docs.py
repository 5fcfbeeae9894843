"""docs/model-card.md: its example is what a card holds, its limitations are those there are."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ftevals.reports.model_card.files import card_files

if TYPE_CHECKING:
    from tests.reports.conftest import Build

PAGE = (Path(__file__).parents[2] / "docs" / "model-card.md").read_text(encoding="utf-8")


def test_the_example_is_a_cards_metadata(build: "Build") -> None:
    """Word for word, of a run on a hub data set and a file."""
    record = build.passing()
    mmlu = replace(
        record.tasks[0], kind="choice", decode=None, data="hub:cais/mmlu:all@c30699e#test"
    )
    ((name, parts),) = card_files(replace(record, tasks=(mmlu, record.tasks[1])))
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert "".join(parts).startswith(f"---\n{example}---\n")
    assert f"`{name}`" in PAGE
