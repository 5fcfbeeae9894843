"""The case browser's data and scripts: every sample, packed so that no text of it is HTML.

The data stand in the page as inert blocks, ``<script type="application/octet-stream">``: base64 of
gzip of JSON, which scripts unpack by DecompressionStream. One block is the index, the rows of the
list; the others are the details of some hundred cases each, unpacked when one is looked at or
searched. `cases_data.js` is the other side.
"""

import base64
import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.html.case_rows import Ranking, case_rows, is_varied, rankings
from pytest_ftevals.reports.json_text import plain

_FOLDER = Path(__file__).parent
_SCRIPTS = (
    "cases_data.js",
    "cases_text.js",
    "cases_diff.js",
    "cases_filter.js",
    "cases_list.js",
    "cases_parts.js",
    "cases_detail.js",
    "cases_keys.js",
    "cases_page.js",
)
"""In the order in which they are joined; the last one starts the browser."""

_MOST_CASES = 200
_MOST_CHARACTERS = 1_000_000
"""Of a block, before packing: what a page unpacks to show one case."""
_LEVEL = 6
_SURROGATES = re.compile("[\ud800-\udfff]")

_Grouped = Mapping[str, Mapping[str, Sequence[Sample]]]
"""By task and case, in the order of the list."""


def scripts() -> tuple[str, ...]:
    """Return the scripts that the page runs, each for a ``<script>`` of its own: jsdiff, then ours.

    jsdiff is the npm package ``diff``, 9.0.0, under the BSD 3-clause licence that stands before it.
    """
    licence = _read("vendor/diff.LICENSE.txt").strip()
    own = "".join(map(_read, _SCRIPTS))
    # A text in it holds a raw BEL, which HTML does not allow.
    library = _read("vendor/diff.min.js").replace("\x07", "\\x07")
    return (
        f"/*!\n{licence}\n*/\n{library}",
        f'(() => {{\n"use strict";\n{own}}})();\n',
    )


def payload(record: Record, samples: Sequence[Sample]) -> Iterator[Markup]:
    """Yield the data blocks, HTML that is safe as it is: ``cases-0``, ..., then ``cases-index``.

    Holds every sample as samples.jsonl has it: NaN and the infinities are null, lone surrogates
    U+FFFD. The same record and samples give the same text.
    """
    tasks = [task.name for task in record.tasks]
    grouped = _grouped(tasks, samples)
    index = _Index(record, grouped)
    block = _Block()
    number = 0
    for task, cases in grouped.items():
        for case, own in cases.items():
            index.add(task, case, own)
            block.add(own, index.variants)
            if block.is_full:
                yield _html(f"cases-{number}", block.text())
                number += 1
                block = _Block()
                index.start_block()
    if block.cases:
        yield _html(f"cases-{number}", block.text())
    yield _html("cases-index", _dumped(index.to_json()))


def _grouped(tasks: Sequence[str], samples: Sequence[Sample]) -> _Grouped:
    grouped: dict[str, dict[str, list[Sample]]] = {task: {} for task in tasks}
    for one in samples:
        grouped.setdefault(one.task, {}).setdefault(one.case, []).append(one)
    return {task: cases for task, cases in grouped.items() if cases}


class _Index:
    """The rows of the list, column by column; names are numbers into lists of them."""

    def __init__(self, record: Record, grouped: _Grouped) -> None:
        self.variants = _Names(one.name for one in record.variants)
        self._groups = {one.name: one.group for one in record.variants if one.group is not None}
        self._tasks = _Names(grouped)
        self._rankings = rankings(record, grouped)
        self._labels, self._slices = _Names(), _Names()
        self._blocks = [0]
        self._cases: dict[str, list[Any]] = {
            name: [] for name in ("task", "id", "slices", "varied")
        }
        self._rows: dict[str, list[Any]] = {
            name: []
            for name in (
                "case", "candidate", "score", "base", "outcome", "result", "labels", "primary",
                "flaws", "worst", "excerpt",
            )
        }  # fmt: skip

    def add(self, task: str, case: str, samples: Sequence[Sample]) -> None:
        """Add a case, and a row for each candidate that answered it."""
        number = len(self._cases["id"])
        slices = samples[0].slices
        named = [self._slices[f"{name}={slices[name]}"] for name in sorted(slices)]
        varied = int(is_varied(samples[0]))
        _append(self._cases, task=self._tasks[task], id=case, slices=named, varied=varied)
        for row in case_rows(samples, self._rankings[task]):
            _append(
                self._rows,
                case=number,
                candidate=self.variants[row.candidate],
                score=row.score,
                base=row.base,
                outcome=row.outcome,
                result=row.result,
                labels=[self._labels[label] for label in row.labels],
                primary=[self._labels[label] for label in row.primary],
                flaws=[self._labels[label] for label in row.flaws],
                worst=int(row.worst),
                excerpt=row.excerpt,
            )

    def start_block(self) -> None:
        """Note that the next case is the first of another block."""
        self._blocks.append(len(self._cases["id"]))

    def to_json(self) -> dict[str, Any]:
        """Return the whole index."""
        return {
            "tasks": [self._task(name, self._rankings[name]) for name in self._tasks],
            "variants": [{"name": one, "group": self._groups.get(one)} for one in self.variants],
            "labels": list(self._labels),
            "slices": list(self._slices),
            "blocks": list(self._blocks),
            "cases": self._cases,
            "rows": self._rows,
        }

    @staticmethod
    def _task(name: str, ranking: Ranking) -> JSON:
        return {"name": name, "metric": ranking.metric, "direction": ranking.direction}


class _Names(dict[str, int]):
    """Names -> their numbers, given on first sight."""

    def __init__(self, names: Any = ()) -> None:
        super().__init__()
        for name in names:
            self[name]

    def __missing__(self, name: str) -> int:
        self[name] = len(self)
        return self[name]


def _append(columns: Mapping[str, list[Any]], **values: Any) -> None:
    for name, value in values.items():
        columns[name].append(value)


@dataclass(slots=True)
class _Block:
    """The details of cases that are unpacked together."""

    cases: list[str] = field(default_factory=list)
    length: int = 0
    before: str = ""
    """The last prompt: the next one names only where it goes another way."""

    @property
    def is_full(self) -> bool:
        """Whether the next case belongs in another block."""
        return len(self.cases) >= _MOST_CASES or self.length >= _MOST_CHARACTERS

    def add(self, samples: Sequence[Sample], variants: Mapping[str, int]) -> None:
        """Add all samples of a case; what they have in common is written once."""
        first = samples[0]
        prompt = _dumped(plain(first.prompt))
        shared = _shared(self.before, prompt)
        self.before = prompt
        found: dict[str, Any] = {
            "prompt": [_units(prompt[:shared]), prompt[shared:]],
            "expected": plain(first.expected),
            "samples": [_sample(one, variants, first) for one in samples],
        }
        self.cases.append(_dumped(found))
        self.length += len(self.cases[-1])

    def text(self) -> str:
        """Return the block as JSON: a list of cases."""
        return f"[{','.join(self.cases)}]"


def _sample(sample: Sample, variants: Mapping[str, int], first: Sample) -> dict[str, JSON]:
    """Return a sample by its names in samples.jsonl, without what is the same as the case's."""
    found: dict[str, JSON] = {
        "variant": variants[sample.variant],
        "sample": sample.sample,
        "response": sample.response,
        "turns": plain(sample.turns),
        "choices": plain(sample.choices),
        "choice": sample.choice,
        "finish": sample.finish,
        "scores": plain(sample.scores),
        "passed": sample.passed,
        "labels": list(sample.labels),
        "error": sample.error,
    }
    if sample is not first:
        own = {name: getattr(sample, name) for name in ("prompt", "expected")}
        common = {name: getattr(first, name) for name in own}
        found |= {name: plain(own[name]) for name in own if own[name] != common[name]}
    return found


def _shared(before: str, text: str) -> int:
    """Return how many characters two texts begin with in common, by bisection."""
    low, high = 0, min(len(before), len(text))
    while low < high:
        middle = (low + high + 1) // 2
        if before[low:middle] == text[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _units(text: str) -> int:
    """Return the length of `text` as JavaScript counts it, in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _dumped(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _html(name: str, text: str) -> Markup:
    packed = gzip.compress(_encoded(text), _LEVEL, mtime=0)
    data = base64.b64encode(packed).decode("ascii")
    # Safe: the name is ours, and base64 has no character that HTML reads.
    return Markup(f'<script type="application/octet-stream" id="{name}">{data}</script>\n')  # noqa: S704


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text).encode()


def _read(file: str) -> str:
    return (_FOLDER / file).read_text(encoding="utf-8")
