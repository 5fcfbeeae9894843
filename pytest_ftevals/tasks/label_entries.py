"""The key `labels` of a task file: rules for labels of a user's own."""

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.label_rule import LabelEntry
from pytest_ftevals.tasks.fields import Fields, shown

LONGEST = 60
"""Characters of a label: it stands in tables."""

_LIKE = "Like `- {label: no unit, pattern: '[0-9] mg', absent: true}`."
_KEYS = ("label", "pattern", "absent", "function", "meaning")
_NOT_BY_RULE = {
    Label.REGRESSION: "it is added wherever the base got a failed case right",
    Label.BAD_EXPLANATION: "it is for answers that passed, and comes from a judge",
}


def label_entries(fields: Fields) -> tuple[LabelEntry, ...]:
    """Return the rules in their order; empty without the key.

    Raises FtevalsError with FILE:LINE for everything but patterns and functions that cannot be
    used.
    """
    if "labels" not in fields.values:
        return ()
    items = fields.values["labels"]
    if not isinstance(items, list) or not items:
        raise fields.wrong("labels", "a list of one or more rules", _LIKE)
    return tuple(_entry(fields, f"labels.{index}", item) for index, item in enumerate(items))


def _entry(fields: Fields, place: str, item: JSON) -> LabelEntry:
    if not isinstance(item, dict):
        raise fields.error(place, f"`labels` holds {shown(item)}, not a rule", _LIKE)
    entry = Fields(item, fields.places, place)
    entry.known(_KEYS)
    entry.required("label", "a rule for labels", fix=_LIKE)
    if ("pattern" in item) == ("function" in item):
        what = "a rule for labels needs either `pattern` or `function`"
        raise fields.error(place, what if "pattern" not in item else f"{what}, not both", _LIKE)
    if "absent" in item and "pattern" not in item:
        fix = "A function says itself when its label applies."
        raise entry.error("absent", "`absent` goes with `pattern` only", fix)
    return LabelEntry(
        label=_label(entry),
        pattern=entry.text("pattern"),
        absent=entry.flag("absent"),
        function=entry.text("function"),
        meaning=entry.text("meaning") or "",
    )


def _label(entry: Fields) -> str:
    """Return a label, spelled as ours is where it means one of ours."""
    label = (entry.text("label") or "").strip()
    if not label.isprintable() or len(label) > LONGEST:
        what = f"a label must be one line of at most {LONGEST} characters"
        raise entry.error("label", what, "Say more under `meaning`.")
    known = next((one for one in Label if one.casefold() == label.casefold()), None)
    if known is not None and known in _NOT_BY_RULE:
        what = f"no rule can give the label '{known}': {_NOT_BY_RULE[known]}"
        raise entry.error("label", what, "Choose another text.")
    return label if known is None else str(known)
