"""The keys of a task file: which there are, of which kind of task, and which go together."""

from typing import get_args

from pytest_ftevals.core.task import Kind
from pytest_ftevals.tasks.fields import Fields

SHARED_KEYS = (
    "name", "about", "kind", "data", "columns", "messages", "prompt", "metrics", "slices",
    "cluster", "pass_at",
)  # fmt: skip
KIND_KEYS: dict[Kind, tuple[str, ...]] = {
    "generate": (
        "preamble", "few_shot", "turns", "expected", "decode", "schema", "variations", "grounded",
        "labels", "explanations",
    ),
    "choice": (
        "preamble", "few_shot", "options", "answer", "score", "ending", "variations", "labels",
    ),
    "perplexity": ("text", "counted"),
    "deployment": ("preamble", "few_shot", "expected", "decode", "price"),
}  # fmt: skip
KEYS = tuple(dict.fromkeys([*SHARED_KEYS, *(key for keys in KIND_KEYS.values() for key in keys)]))


def check_keys(fields: Fields) -> Kind:
    """Return the kind of a task file, its keys checked.

    Raises FtevalsError for unknown keys, keys of another kind, keys that exclude each other, and
    missing ones.
    """
    fields.known(KEYS)
    kind = _kind(fields)
    for key in fields.values:
        if key not in (*SHARED_KEYS, *KIND_KEYS[kind]):
            *several, last = (one for one, keys in KIND_KEYS.items() if key in keys)
            owners = f"{', '.join(several)} and {last}" if several else last
            what = f"`{key}` belongs to {owners} tasks, and this is a {kind} task"
            fix = f"A {kind} task may have: {', '.join((*SHARED_KEYS, *KIND_KEYS[kind]))}."
            raise fields.error(key, what, fix)
    for key in ("name", "data", "metrics"):
        fields.required(key, "a task file")
    _check_asked(fields, kind)
    if kind == "choice":
        fields.required("answer", "a choice task", at="kind")
        if "ending" in fields.values and fields.values.get("score") != "texts":
            fix = "Add `score: texts`: the options' texts stand before the ending."
            raise fields.error("ending", "`ending` goes with `score: texts` only", fix)
    elif "few_shot" in fields.values:
        fix = "An example shows what is expected after its prompt."
        fields.required("expected", "`few_shot`", at="few_shot", fix=fix)
    return kind


def _kind(fields: Fields) -> Kind:
    fields.required("kind", "a task file", fix=f"It is one of: {', '.join(get_args(Kind))}.")
    word = fields.choice("kind", get_args(Kind))
    return next(kind for kind in KIND_KEYS if kind == word)


def _check_asked(fields: Fields, kind: Kind) -> None:
    """Refuse a task that asks nothing, or in two ways at once."""
    keys = fields.values
    for key, fix in (
        ("messages", "Keep `messages` for a chat, or `prompt` for plain text."),
        ("turns", "Turns are a chat: what stands before them goes into `messages`."),
    ):
        if key in keys and "prompt" in keys:
            raise fields.error(key, f"`{key}` and `prompt` exclude each other", fix)
    if "turns" in keys and "few_shot" in keys:
        fix = "Write the examples into `messages`, as turns of user and assistant."
        raise fields.error("few_shot", "`few_shot` and `turns` exclude each other", fix)
    if "preamble" in keys and ("messages" in keys or "turns" in keys):
        fix = "In a chat write it as a message with `role: system`."
        raise fields.error("preamble", "`preamble` goes with `prompt` only", fix)
    if kind != "perplexity" and not keys.keys() & {"messages", "turns", "ending"}:
        fix = "For a chat write `messages` instead."
        fields.required("prompt", f"a {kind} task", at="kind", fix=fix)
