"""The case browser's data as a page holds them, read back in Python."""

import base64
import gzip
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

_BLOCK = re.compile(
    r'<script type="application/octet-stream" id="cases-(\w+)">([A-Za-z0-9+/=]+)</script>'
)


def blocks(html: Iterable[str]) -> dict[str, Any]:
    """Return what each data block holds, by its name without ``cases-``."""
    found = _BLOCK.findall("".join(html))
    return {name: json.loads(gzip.decompress(base64.b64decode(data))) for name, data in found}


def samples_in(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every sample that the blocks hold, with the names of samples.jsonl but for slices."""
    index = found["index"]
    tasks, ids = index["cases"]["task"], index["cases"]["id"]
    number = 0
    for start, block in zip(index["blocks"], _details(found), strict=True):
        assert number == start
        before = b""
        for case in block:
            shared, rest = case["prompt"]
            before = before[: 2 * shared] + rest.encode("utf-16-le")  # JavaScript's units
            for sample in case["samples"]:
                yield {
                    "task": index["tasks"][tasks[number]]["name"],
                    "case": ids[number],
                    "prompt": json.loads(before.decode("utf-16-le")),
                    "expected": case["expected"],
                    **sample,
                    "variant": index["variants"][sample["variant"]]["name"],
                }
            number += 1
    assert number == len(ids)


def _details(found: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    yield from (found[str(number)] for number in range(len(found) - 1))
