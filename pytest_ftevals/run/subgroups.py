"""Two sides' scores -> how far the slices of a column lie apart, or their mean."""

from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.core.subgroup import read_subgroups
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.run.compare import Scores, cases_of, first_reason, scored_on_both
from pytest_ftevals.run.gap import FEWEST, gap_of
from pytest_ftevals.run.groups import OverSeeds
from pytest_ftevals.run.macro import macro_of
from pytest_ftevals.run.slices import Compared, parts_of
from pytest_ftevals.store.scores import ScoreStore


def compare_subgroups(  # noqa: PLR0913 - two sides, and how they are compared
    task: Task,
    found: Metric,
    candidate: str,
    base: Scores,
    scores: Scores,
    *,
    where: str | None,
    levels: tuple[float, ...],
    kept: ScoreStore | None = None,
    reference: str = BASE,
    seeds: tuple[int, int] = (1, 1),
) -> Comparison:
    """Compare what two variants have over all slices of a column, paired case by case.

    The arguments are those of `compare_scores`; `where` is ``gap(COLUMN)`` or ``macro(COLUMN)``.
    Raises FtevalsError where a slice has no scored case, for a gap where fewer than two of its
    several are, and where too few slices are left for a gap; ValueError where `where` is a slice.
    """
    over = read_subgroups(where)
    if over is None:
        raise ValueError(f"{where} is not taken over slices")
    fewest = FEWEST if over.kind == "gap" else 1
    compared = Compared(
        task=task,
        metric=found,
        over=OverSeeds(metric=found, samples=task.samples) if max(seeds) > 1 else None,
        parts=parts_of(task, found, base, scores, over.column, fewest),
        levels=levels,
        kept=kept,
    )
    made = gap_of(compared, over.column) if over.kind == "gap" else macro_of(compared)
    ids = [case.id for case in cases_of(task, found)]
    paired = set(scored_on_both(base, scores, ids))
    excluded = tuple(one for one in ids if one not in paired)
    return Comparison(
        task=task.name,
        metric=found.name,
        candidate=candidate,
        slice=over.name,
        reference=reference,
        n=made.n,
        base=made.base,
        value=made.value,
        gain=made.gain,
        points=found.points,
        # A gap is the better the smaller it is, whatever the values are.
        higher_is_better=found.higher_is_better and made.gap is None,
        wins=0,
        losses=0,
        ties=0,
        excluded=excluded,
        excluded_because=first_reason((base, scores), excluded),
        seeds=seeds[1] if seeds[1] > 1 else None,
        seed_sd=made.seed_sd,
        gap=made.gap,
        macro=made.macro,
    )
