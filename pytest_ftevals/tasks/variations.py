"""Variations: every case once more with noise in its row, or in other words, for robustness."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.fields import Fields, shown
from pytest_ftevals.tasks.perturb import PERTURBATIONS
from pytest_ftevals.tasks.rows import Row
from pytest_ftevals.tasks.task_file import TaskFile, Variations

_LIKE = "Like `variations: {vary: question, kinds: [typos, casing]}`."


def variations(fields: Fields) -> Variations | None:
    """Return what cases are varied by, None without the key.

    Raises FtevalsError with FILE:LINE for a mistake in it.
    """
    block = fields.mapping("variations")
    if block is None:
        return None
    block.known(("vary", "kinds", "strength", "seed", "paraphrases"))
    block.required("vary", "`variations`", fix=f"It names the column whose text varies. {_LIKE}")
    one = isinstance(block.values["vary"], str)
    vary = (block.text("vary") or "",) if one else block.texts("vary") or ()
    kinds = block.texts("kinds") or tuple(PERTURBATIONS)
    for index, kind in enumerate(kinds):
        if kind not in PERTURBATIONS:
            fix = f"Kinds are: {', '.join(PERTURBATIONS)}; paraphrases are a column of the data."
            raise block.error(f"kinds.{index}", f"there is no variation {kind!r}", fix)
    strength = block.number("strength")
    if strength is not None and not 0 < strength <= 1:
        raise block.wrong("strength", "a share above 0 and at most 1", "The default is 0.1.")
    paraphrases = block.text("paraphrases")
    if paraphrases is not None and len(vary) > 1:
        fix = "Name one column under `vary`: a paraphrase takes the place of its text."
        raise block.error("paraphrases", "`paraphrases` reword one column, not several", fix)
    if paraphrases is not None and "kinds" not in block.values:
        kinds = ()
    return Variations(
        vary=vary,
        kinds=kinds,
        strength=0.1 if strength is None else strength,
        seed=block.integer("seed", minimum=0) or 0,
        paraphrases=paraphrases,
    )


def varied_rows(
    task_file: TaskFile, case: str, row: Row
) -> Iterator[tuple[str, Mapping[str, JSON]]]:
    """Yield a row's variations, each with its name and the columns that it changes.

    None leaves the row as it is.

    The numbers that noise is drawn from follow from seed, kind, column and case id, so that a case
    has the same ones in any order and company. Raises FtevalsError naming the row where a column
    is absent or holds no text.
    """
    settings = task_file.variations
    if settings is None:
        return
    plain = {column: _text(row, column) for column in settings.vary}
    for kind in settings.kinds:
        changed: dict[str, JSON] = {}
        for column, text in plain.items():
            # Seeded numbers and no secrets.
            draw = random.Random(f"{settings.seed}/{kind}/{column}/{case}")  # noqa: S311
            changed[column] = PERTURBATIONS[kind](text, draw, settings.strength)
        if changed != plain:
            yield kind, changed
    if settings.paraphrases is not None:
        column = settings.vary[0]
        texts = _paraphrases(row, settings.paraphrases)
        for number, text in enumerate(texts, start=1):
            if text != plain[column]:
                yield f"paraphrase.{number}", {column: text}


def variation_of(plain: Case, kind: str, changed: Case) -> Iterator[Case]:
    """Yield a case's variation, called ``ID~KIND``; none where it asks the very same.

    What is expected stays the plain case's, and so do its slices and cluster.
    """
    made = replace(
        changed,
        id=f"{plain.id}~{kind}",
        plain=plain.id,
        expected=plain.expected,
        slices=plain.slices,
        cluster=plain.cluster,
    )
    if _asked(made) != _asked(plain):
        yield made


def check_varied(task_file: TaskFile, cases: Sequence[Case], varied: Sequence[Case]) -> None:
    """Refuse a kind that changes no case at all, and ids that cases and variations share.

    Raises FtevalsError at the key, or naming the row.
    """
    settings = task_file.variations
    if settings is None:
        return
    made = {case.id: case for case in varied}
    for case in cases:
        if case.id in made:
            raise FtevalsError(
                f"the id {case.id!r} is that of a variation of case {made[case.id].plain!r}",
                where=case.source,
                fix="Give the row an id without '~', or leave that kind of variation out.",
            )
    kinds = {case.id.rpartition("~")[2].partition(".")[0] for case in varied}
    for kind in settings.kinds:
        if kind not in kinds:
            raise FtevalsError(
                f"`variations` of the kind {kind} change nothing that is asked in "
                + ", ".join(settings.vary),
                where=task_file.where("variations"),
                fix="Vary a column of sentences that the prompt shows, or leave the kind out.",
            )
    if settings.paraphrases is not None and "paraphrase" not in kinds:
        raise FtevalsError(
            f"no row has a paraphrase in the column {settings.paraphrases!r} that changes what "
            "is asked",
            where=task_file.where("variations.paraphrases"),
            fix="Give rows a list of rewordings there, or leave `paraphrases` out.",
        )


def _asked(case: Case) -> tuple[object, ...]:
    return case.prompt, case.givens, case.continuations, case.turns


def _text(row: Row, column: str) -> str:
    value = row.values.get(column)
    if isinstance(value, str):
        return value
    what = "lacks" if column not in row.values else f"holds {shown(value)} in"
    raise FtevalsError(
        f"`variations.vary` names the column {column!r}, and this row {what} it",
        where=row.where,
        fix=f"Only texts can be varied. Columns of the row: {', '.join(row.values)}.",
    )


def _paraphrases(row: Row, column: str) -> list[str]:
    """Return a row's rewordings: a list of texts, one text, or none."""
    value = row.values.get(column)
    if value is None or value == "":
        return []
    items = value if isinstance(value, list) else [value]
    texts = [item for item in items if isinstance(item, str) and item.strip()]
    if len(texts) == len(items):
        return texts
    raise FtevalsError(
        f"`variations.paraphrases` names the column {column!r}, which holds {shown(value)}",
        where=row.where,
        fix="Give it a list of texts, each in other words what the row asks.",
    )
