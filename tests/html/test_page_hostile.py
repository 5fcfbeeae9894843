"""The page without a browser: hostile text is inert, nothing is fetched, links are read back."""

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from urllib.parse import unquote

import pytest

from pytest_ftevals.core.record import Record
from pytest_ftevals.reports.clean import excerpt
from pytest_ftevals.reports.html.page import html_parts
from pytest_ftevals.reports.html.text import case_link, cases_link
from tests.html.candidates import answers, candidates
from tests.html.parsed import found, one, parsed, text_of
from tests.reports.hostile import HOSTILE

IN_HTML = [
    text
    for text in HOSTILE
    if not text.isprintable() or not text.isascii() or set("<>&'\"") & set(text) or len(text) > 1000
]


def test_nothing_is_fetched_and_only_own_scripts_run() -> None:
    """Each script's digest is in the policy; no link leaves the page, no style loads anything."""
    text = "".join(html_parts(candidates(), answers()))
    page = parsed(text)
    policy = one(page, "meta", **{"http-equiv": "Content-Security-Policy"}).get("content") or ""
    runs = re.findall("<script>(.*?)</script>", text, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in runs]
    assert len(runs) == 2
    assert policy == (
        "default-src 'none'; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digests[0]}' 'sha256-{digests[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )
    for each in page.iter():
        for key, value in each.items():
            assert not key.startswith("on")
            assert key not in {"src", "srcset", "action", "data"}
            assert not key.endswith("href") or value.startswith("#")
    assert not re.search(r"url\(|@import", "".join(each.text or "" for each in page.iter("style")))


def with_names(text: str) -> Record:
    """Return the record of three candidates in which every name and text ends in `text`."""
    record = candidates()
    fact = record.run
    return replace(
        record,
        run={**fact, "command": text, "notes": [text], text: {text: [text]}},
        variants=tuple(
            replace(one, name=one.name + text, source=text, revision=text, fingerprint=text)
            for one in record.variants
        ),
        tasks=tuple(
            replace(
                one,
                name=one.name + text,
                about=text,
                decode={"stop": [text]},
                confusion={"labels": [text], "counts": {text: [[1, 0]]}},
            )
            for one in record.tasks
        ),
        comparisons=tuple(
            replace(
                one,
                task=one.task + text,
                metric=one.metric + text,
                slice=None if one.slice is None else one.slice + text,
                candidate=one.candidate + text,
                thresholds=tuple(
                    replace(each, text=each.text + text, notes=(text,)) for each in one.thresholds
                ),
            )
            for one in record.comparisons
        ),
        tests=tuple(replace(one, message=text) for one in record.tests),
        failures=tuple(
            replace(one, task=one.task + text, labels={text: 1}, worst=(text,))
            for one in record.failures
        ),
        tradeoff=tuple(replace(one, candidate=one.candidate + text) for one in record.tradeoff),
    )


@pytest.fixture(scope="module")
def tags() -> Counter[str]:
    """The elements of a page with harmless names."""
    return Counter(each.tag for each in parsed("".join(html_parts(with_names("x"), ()))).iter())


@pytest.mark.parametrize("text", IN_HTML)
def test_hostile_names_are_text(text: str, tags: Counter[str]) -> None:
    """The page has the same elements with any text in it, and shows it as terminals do."""
    page = parsed("".join(html_parts(with_names(text), ())))
    assert Counter(each.tag for each in page.iter()) == tags
    names = {text_of(each) for each in found(page, "td", class_="candidate")}
    assert names == {
        " ".join(excerpt(f"{name}{text}", 32).split()) for name in ("r4", "r16", "full")
    }


def test_a_megabyte_of_a_name_does_not_swell_the_page() -> None:
    """It is cut wherever it stands; its beginning is in a title."""
    text = "".join(html_parts(with_names("n" * 1_000_000), ()))
    assert len(text) < 5_000_000
    assert f'title="r4{"n" * 3997}…"' in text


def test_links_say_what_is_meant() -> None:
    """Read back as JavaScript does, they hold the very names; half characters as samples do."""
    names = {"task": "a/b?&=+ ü", "label": "100%", "candidate": "\ud800"}
    link = cases_link(**names)
    read = dict(part.split("=", 1) for part in link.removeprefix("#cases?").split("&"))
    wanted = {**names, "candidate": "\ufffd"}
    assert {key: unquote(value, errors="strict") for key, value in read.items()} == wanted
    parts = case_link("a/b", "c#d", "é").removeprefix("#case=").split("/")
    assert [unquote(part) for part in parts] == ["a/b", "c#d", "é"]
