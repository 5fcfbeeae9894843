"""The table: one row a value, and beside it what the sides agree on case by case."""

from collections.abc import Iterator

from benchmarks.standard.agreement import DIGITS, Agreement

HEAD = """\
| task | variant | cases | value | lm-eval | ours | case by case | largest difference, nats |
|---|---|--:|---|--:|--:|---|---|"""


def lines(task: str, variant: str, found: Agreement) -> Iterator[str]:
    """Yield a task's rows as Markdown; values of slices are counted, not listed."""
    whole = {name: pair for name, pair in found.values.items() if "=" not in name}
    for number, (name, (theirs, ours)) in enumerate(whole.items()):
        first = [_cases(found), _difference(found)] if number == 0 else ["", ""]
        cells = [
            *(task, variant, f"{found.cases:,}", name),
            *(f"{theirs:.{DIGITS}f}", f"{ours:.{DIGITS}f}"),
            *first,
        ]
        yield f"| {' | '.join(cells)} |"


def _cases(found: Agreement) -> str:
    parts = []
    if found.choices:
        same = found.choices - len(found.other_choices)
        parts.append(f"same choice on {same:,} of {found.choices:,}")
    if found.replies:
        same = found.replies - len(found.other_replies)
        parts.append(f"same reply on {same:,} of {found.replies:,}")
    slices = [name for name in found.values if "=" in name]
    if slices:
        other = sum(name in found.other_values for name in slices)
        parts.append(f"{len(slices) - other} of {len(slices)} values of slices are the same")
    if found.other_prompts:
        parts.append(f"OTHER PROMPTS on {len(found.other_prompts):,}")
    if found.other_scores:
        parts.append(f"OTHER SCORES on {len(found.other_scores):,}")
    return ", ".join(parts)


def _difference(found: Agreement) -> str:
    if found.largest is None:
        return ""
    return f"{found.largest:.1e} ({found.relative:.1e} of it)"
