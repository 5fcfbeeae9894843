"""The keys of a task file that hold more than one word: messages, expected, decode, and so on."""

import re
from typing import get_args

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Message
from pytest_ftevals.core.metric_entry import MetricEntry
from pytest_ftevals.core.request import Decode
from pytest_ftevals.tasks.fields import Fields, shown
from pytest_ftevals.tasks.task_file import DEFAULT_OPTIONS, MIN_OPTIONS, FewShot, Scoring

ROLES = ("system", "user", "assistant")

_MESSAGE = '{role: user, content: "{{ question }}"}'


def messages(fields: Fields) -> tuple[Message, ...]:
    """Return the templates of a chat; empty without the key.

    Its last message is the user's; where `turns` follow it is not, for they begin with the user.
    """
    if "messages" not in fields.values:
        return ()
    items = fields.values["messages"]
    if not isinstance(items, list) or not items:
        what = f"`messages` must be a list of messages, not {shown(items)}"
        raise fields.error("messages", what, f"An item is like `- {_MESSAGE}`.")
    chat = tuple(_message(fields, index, item) for index, item in enumerate(items))
    if "turns" in fields.values:
        if chat[-1].role == "user":
            what = "the last message is the user's, and `turns` begin with the user"
            fix = "Make it the first of `turns`, or end with the assistant's answer to it."
            raise fields.error(f"messages.{len(chat) - 1}", what, fix)
    elif chat[-1].role != "user":
        what = f"the last message is the {chat[-1].role}'s, but a model replies to its user"
        raise fields.error(f"messages.{len(chat) - 1}", what, f"End with `- {_MESSAGE}`.")
    return chat


def _message(fields: Fields, index: int, item: JSON) -> Message:
    name = f"messages.{index}"
    if not isinstance(item, dict):
        what = f"a message must be a mapping, not {shown(item)}"
        raise fields.error(name, what, f"Like `- {_MESSAGE}`.")
    message = Fields(item, fields.places, name)
    message.known(("role", "content"))
    for key in ("role", "content"):
        message.required(key, "a message", fix=f"Like `- {_MESSAGE}`.")
    return Message(role=message.choice("role", ROLES) or "", content=message.text("content") or "")


def columns(fields: Fields) -> dict[str, str]:
    """Return the templates of derived columns by name, in order; empty without the key."""
    block = fields.mapping("columns")
    if block is None:
        return {}
    for name in block.values:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or name == "row":
            what = f"{name!r} cannot be a column's name in templates"
            fix = "Use letters, digits and `_`; `row` stands for the whole row."
            raise block.error(name, what, fix)
    return {name: block.text(name) or "" for name in block.values}


def turns(fields: Fields) -> str | tuple[str, ...]:
    """Return the template of a list, or a template a turn; empty without the key."""
    if "turns" not in fields.values:
        return ()
    fix = 'Like `turns: "{{ questions }}"` or `turns: ["{{ first }}", "{{ second }}"]`.'
    return _template_or_list(fields, "turns", "a turn", fields.values["turns"], fix)


def expected(fields: Fields) -> JSON:
    """Return the template of a text, a list or a mapping of templates; None without the key."""
    value = fields.values.get("expected")
    if "expected" not in fields.values or isinstance(value, str):
        return value
    fix = 'Like `expected: "{{ answer }}"` or `expected: {category: "{{ queue }}"}`.'
    if isinstance(value, list) and value:
        return [*_texts(fields, "expected", "a right text", value)]
    if not isinstance(value, dict) or not value:
        what = f"`expected` must be a text or a mapping of fields, not {shown(value)}"
        raise fields.error("expected", what, fix)
    return value


def options(fields: Fields) -> str | tuple[str, ...]:
    """Return the template of a list, or a template an option; the default without the key."""
    value = fields.values.get("options", DEFAULT_OPTIONS)
    fix = 'Like `options: "{{ choices }}"` or `options: ["{{ a }}", "{{ b }}"]`.'
    found = _template_or_list(fields, "options", "an option", value, fix)
    if not isinstance(found, str) and len(found) < MIN_OPTIONS:
        raise fields.error("options", f"`options` needs two or more, not {len(found)}", fix)
    return found


def _template_or_list(
    fields: Fields, key: str, item: str, value: JSON, fix: str
) -> str | tuple[str, ...]:
    if isinstance(value, str) and value.strip():
        return value
    if not isinstance(value, list) or not value:
        what = f"`{key}` must be a template or a list of templates, not {shown(value)}"
        raise fields.error(key, what, fix)
    return _texts(fields, key, item, value)


def _texts(fields: Fields, key: str, item: str, values: list[JSON]) -> tuple[str, ...]:
    texts = []
    for index, value in enumerate(values):
        if not isinstance(value, str):
            what = f"{item} must be a text, not {shown(value)}"
            raise fields.error(f"{key}.{index}", what, "Put it into quotes.")
        texts.append(value)
    return tuple(texts)


def scoring(fields: Fields) -> Scoring:
    """Return how options are scored; letters without the key."""
    return "texts" if fields.choice("score", get_args(Scoring)) == "texts" else "letters"


def metric_entries(fields: Fields) -> tuple[MetricEntry, ...]:
    """Return the metrics: names, or mappings ``{metric: NAME, name: OTHER, OPTION: ...}``."""
    items = fields.values.get("metrics")
    if not isinstance(items, list) or not items:
        like = "Like `metrics: [accuracy]`."
        raise fields.wrong("metrics", "a list of one or more metrics", like)
    found: list[MetricEntry] = []
    for index, item in enumerate(items):
        entry = _metric_entry(fields, index, item)
        if any(entry.name == other.name for other in found):
            what = f"`metrics` names {entry.name!r} twice"
            fix = "Give one of them a name of its own: `{metric: NAME, name: OTHER}`."
            raise fields.error(f"metrics.{index}", what, fix)
        found.append(entry)
    return tuple(found)


def _metric_entry(fields: Fields, index: int, item: JSON) -> MetricEntry:
    place = f"metrics.{index}"
    if isinstance(item, str) and item.strip():
        return MetricEntry(name=item, metric=item)
    if not isinstance(item, dict):
        what = f"`metrics` holds {shown(item)}, not a metric"
        raise fields.error(place, what, "Like `accuracy`, or `{metric: regex, pattern: '[0-9]+'}`.")
    entry = Fields(item, fields.places, place)
    entry.required("metric", "a metric with options", fix="Like `{metric: regex, pattern: ...}`.")
    metric = entry.text("metric") or ""
    options = {key: value for key, value in item.items() if key not in ("metric", "name")}
    return MetricEntry(name=entry.text("name") or metric, metric=metric, options=options)


def cluster(fields: Fields) -> str | None:
    """Return the column that makes clusters, None without the key."""
    value = fields.values.get("cluster")
    if "cluster" in fields.values and not (isinstance(value, str) and value.strip()):
        raise fields.wrong("cluster", "the name of one column", "Like `cluster: passage`.")
    return fields.text("cluster")


def few_shot(fields: Fields) -> FewShot | None:
    """Return the few-shot settings, None without the key."""
    block = fields.mapping("few_shot")
    if block is None:
        return None
    block.known(("data", "count", "match", "overlap"))
    example = "Like `few_shot: {data: dev.jsonl, count: 5, match: category}`."
    block.required("data", "`few_shot`", fix=example)
    block.required("count", "`few_shot`", fix=f"{example} For none leave `few_shot` out.")
    match: tuple[str, ...] = ()
    if isinstance(block.values.get("match"), str):
        match = (block.text("match") or "",)
    elif "match" in block.values:
        match = block.texts("match") or ()
    count = block.integer("count", minimum=1) or 1
    overlap = block.choice("overlap", ("refuse", "allow")) == "allow"
    return FewShot(data=block.text("data") or "", count=count, match=match, overlap=overlap)


def decode(fields: Fields) -> Decode:
    """Return the decoding settings, each key checked for its range; the defaults without it."""
    block = fields.mapping("decode")
    if block is None:
        return Decode()
    default = Decode()
    block.known((*default.to_json(), "samples"))
    temperature, top_p = block.number("temperature"), block.number("top_p")
    if temperature is not None and temperature < 0:
        raise block.wrong("temperature", "a number of at least 0", "0 is greedy.")
    if top_p is not None and not 0 < top_p <= 1:
        raise block.wrong("top_p", "a number above 0 and at most 1", "1 keeps all tokens.")
    return Decode(
        max_new_tokens=block.integer("max_new_tokens", minimum=1) or default.max_new_tokens,
        temperature=default.temperature if temperature is None else temperature,
        top_p=default.top_p if top_p is None else top_p,
        top_k=block.integer("top_k", minimum=0) or default.top_k,
        seed=block.integer("seed", minimum=0) or default.seed,
        stop=block.texts("stop") or default.stop,
    )


def price(fields: Fields) -> float | None:
    """Return what an hour of the machine costs; None without the key."""
    block = fields.mapping("price")
    if block is None:
        return None
    block.known(("per_hour",))
    block.required("per_hour", "a price", fix="Like `price: {per_hour: 1.20}`.")
    found = block.number("per_hour")
    if found is None or found <= 0:
        raise block.wrong("per_hour", "a number above 0")
    return found


def samples(fields: Fields) -> int:
    """Return how often every case is asked: 1 without the key, more only where replies are drawn.

    Raises FtevalsError for a number below 1, and for several greedy samples.
    """
    block = fields.mapping("decode")
    number = None if block is None else block.integer("samples", minimum=1)
    if block is not None and number is not None and number > 1 and not block.number("temperature"):
        raise block.error(
            "samples",
            f"`decode.samples` asks every case {number:,} times, and without a temperature all "
            "replies are the same",
            "Set `temperature` above 0, or leave `samples` out.",
        )
    return number or 1
